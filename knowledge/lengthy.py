"""What takes a second or more: beside it, some milliseconds are not felt.

Sources: the documentation of the libraries; a request of a bot to Telegram takes 40 to 100 ms, a file that goes with it as long as the
line needs.
"""

from __future__ import annotations

#: Libraries whose calls load media, ask language models, or work on sound and pictures.
LIBRARIES = frozenset(
    "yt_dlp youtube_dl pytube pytubefix gallery_dl instaloader spotdl moviepy pydub ffmpeg whisper faster_whisper torch transformers "
    "diffusers openai anthropic g4f groq ollama google.generativeai google.genai gtts edge_tts playwright pyppeteer selenium "
    "speedtest".split()
)
#: What of them takes a moment: objects are made, versions are asked for.
QUICK = frozenset(
    "AsyncOpenAI OpenAI AsyncGroq Groq Anthropic AsyncAnthropic Client Instaloader configure manual_seed device".split()
)
#: Methods that ask a language model, whatever the client is called.
ASKS_MODEL = ("completions.create", "responses.create", "images.generate", "generate_content", "generate_content_async")
#: Methods by which the Telegram libraries send and load files.
MOVES_FILES = frozenset(
    [
        f"{verb}_{what}"
        for verb in ("send", "reply", "answer")
        for what in "video audio document animation media_group video_note".split()
    ]
    + "send_file upload_file download_media download_file download_to_drive download_to_memory download_as_bytearray".split()
)
#: What starts another program without a thread, and is waited for until that has ended.
RUNS_PROGRAM = frozenset({"asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell"})
#: What goes over all members, messages or chats.
OF_MANY = ("iter_participants", "iter_messages", "iter_dialogs", "get_chat_members", "get_dialogs")
#: What a request to a language model says, by any client: `{"model": …, "messages": […]}`; a `modelUri` is one as well.
MODEL, TOLD = "model", frozenset("messages prompt input contents".split())
#: Libraries that hand work to processes of their own, in which nobody waits for an answer.
QUEUES = frozenset("taskiq celery dramatiq arq huey rq procrastinate".split())
