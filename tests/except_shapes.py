"""Programs with broad clauses around calls to Telegram, in the shapes that bots have."""

from __future__ import annotations

from dataclasses import dataclass

_HEAD = """\
import asyncio
import logging
{imports}
from telethon import TelegramClient, events, functions, types

client = TelegramClient("account", 1, "hash")
log = logging.getLogger(__name__)
PEER, GROUP, CHANNEL = types.InputPeerUser(5, 5), types.InputPeerChannel(7, 7), types.InputChannel(7, 7)
seen = []


async def main():
    await client.connect()
    try:
        return [await act(), seen[:]]
    finally:
        seen.clear()
        await client.disconnect()


"""
_EXCEPT_E = """\
async def act():
    try:
        {call}
    except Exception as e:
        seen.append(str(e))
        return "handled"
"""
#: Ways to write a broad clause; the body says "handled".
FORMS = {
    "named": _EXCEPT_E,
    "nameless": """\
async def act():
    try:
        {call}
    except Exception:
        return "handled"
""",
    "bare": """\
async def act():
    try:
        {call}
    except:
        return "handled"
""",
    "base exception": """\
async def act():
    try:
        {call}
    except BaseException as e:
        return f"handled {{e!r}}"
""",
    "tuple": """\
async def act():
    try:
        {call}
    except (ValueError, Exception) as e:
        return f"handled {{e!r}}"
""",
    "logging": """\
async def act():
    try:
        {call}
    except Exception as e:
        log.warning("failed: %s", e)
    return "handled"
""",
    "else and finally": """\
async def act():
    try:
        {call}
    except Exception as e:
        result = "handled"
    else:
        result = "done"
    finally:
        seen.append("finally")
    return result
""",
    "after specific clauses": """\
async def act():
    try:
        {call}
    except (LookupError, ConnectionError):
        return "handled as one of two"
    except Exception as e:
        return f"handled {{e!r}}"
""",
    "inside another": """\
async def act():
    try:
        try:
            {call}
        except Exception as e:
            return "handled"
    except KeyError as e:
        return f"a key error {{e}}"
""",
    "in a loop": """\
async def act():
    for number in range(2):
        try:
            {call}
        except Exception:
            seen.append("handled")
            continue
    return "handled"
""",
    "in an endless loop": """\
async def act():
    while True:
        try:
            {call}
        except Exception as e:
            seen.append(f"{{e!r}}")
            break
        break
    return "handled"
""",
    "on one line": """\
async def act():
    try: {call}
    except Exception as e: return "handled"
""",
    "passed over": """\
async def act():
    try:
        {call}
    except Exception:
        pass
    return "handled"
""",
    "long": """\
async def act():
    try:
        {call}
    except Exception as e:
        first = "han"
        second = "dled"
        seen.append(f"{{e!r}}")
        seen.append("and more")
        return first + second
""",
    "another exception": """\
async def act():
    try:
        {call}
    except Exception as e:
        raise RuntimeError("handled") from e
""",
}
#: Calls: the statement and the request that fails in it.
CALLS = {
    "send_message": ('await client.send_message(PEER, "hi")', "SendMessageRequest"),
    "send_message by name": ('await client.send_message("someone", "hi")', "ResolveUsernameRequest"),
    "edit_message": ('await client.edit_message(PEER, 1, "hi")', "EditMessageRequest"),
    "delete_messages": ("await client.delete_messages(PEER, [1, 2])", "DeleteMessagesRequest"),
    "forward_messages": ("await client.forward_messages(PEER, 1, from_peer=PEER)", "ForwardMessagesRequest"),
    "get_input_entity": ('await client.get_input_entity("someone")', "ResolveUsernameRequest"),
    "get_entity": ('return (await client.get_entity("someone")).id', "ResolveUsernameRequest"),
    "get_messages": ("return await client.get_messages(PEER, 3)", "GetHistoryRequest"),
    "get_participants": ("return await client.get_participants(GROUP)", "GetParticipantsRequest"),
    "pin_message": ("await client.pin_message(PEER, 1)", "UpdatePinnedMessageRequest"),
    "edit_permissions": ("await client.edit_permissions(GROUP, PEER, view_messages=False)", "EditBannedRequest"),
    "get_permissions": ("return await client.get_permissions(GROUP, PEER)", "GetChannelsRequest"),
    "inline_query": ('(await client.inline_query(PEER, "a"))[0]', "GetInlineBotResultsRequest"),
    "read": ("await client.send_read_acknowledge(PEER)", "ReadHistoryRequest"),
    "send_code": ('await client.send_code_request("+1")', "SendCodeRequest"),
    "join": ("await client(functions.channels.JoinChannelRequest(CHANNEL))", "JoinChannelRequest"),
    "profile": ('await client(functions.account.UpdateProfileRequest(first_name="A"))', "UpdateProfileRequest"),
    "a request in a variable": (
        'request = functions.messages.ImportChatInviteRequest("x"); await client(request)',
        "ImportChatInviteRequest",
    ),
    "two calls": ('await client.get_input_entity(PEER); await client.send_message(PEER, "hi")', "SendMessageRequest"),
    "gathered": ('await asyncio.gather(client.send_message(PEER, "a"), client.get_me())', "SendMessageRequest"),
    "a timeout": ('await asyncio.wait_for(client.send_message(PEER, "a"), 5)', "SendMessageRequest"),
}
_ITERATION = """\
async def act():
    try:
        async for message in client.iter_messages(PEER):
            seen.append(message.id)
    except Exception as e:
        return "handled"
"""
_CONVERSATION = """\
async def act():
    async with client.conversation(PEER) as conversation:
        try:
            await conversation.send_message("How old are you?")
            return (await conversation.get_response()).text
        except Exception as e:
            return "handled"
"""
_NUMBER = """\
async def act():
    try:
        number = int("12")
        await client.delete_messages(PEER, [number])
        return seen[0]
    except Exception as e:
        return "handled"
"""
_FILE = """\
async def act():
    try:
        with open("text.txt", "w") as file:
            file.write("hi")
        await client.send_message(PEER, "hi")
    except Exception as e:
        return "handled"
"""
_HELPER = """\
async def tell(text):
    await client.send_message(PEER, text.strip())


async def act():
    try:
        await tell(" hi ")
    except Exception as e:
        return "handled"
"""
_OF_SELF = """\
class Sender:
    def __init__(self, client):
        self.client: TelegramClient = client

    async def send(self):
        try:
            return await self.client.delete_messages(PEER, 1)
        except Exception as e:
            return "handled"


async def act():
    return await Sender(client).send()
"""


@dataclass(frozen=True)
class Shape:
    """One program and the request that is answered by failures."""

    source: str
    request: str


def _shape(form: str, call: str, request: str, imports: str = "") -> Shape:
    return Shape(_HEAD.format(imports=imports) + form.format(call=call), request)


def _shapes() -> dict[str, Shape]:
    found: dict[str, Shape] = {}
    for call, (text, request) in CALLS.items():
        found[f"{call}, named"] = _shape(FORMS["named"], text, request)
    for number, (form, text) in enumerate(FORMS.items()):
        for call in list(CALLS)[number % 2 : 16 : 5][:2]:
            found.setdefault(f"{call}, {form}", _shape(text, *CALLS[call]))
    named = FORMS["named"]
    for imports in (
        "from telethon import errors",
        "from telethon.errors import RPCError",
        "import telethon.errors as te",
        "import telethon",
    ):
        found[f"with {imports}"] = _shape(named, *CALLS["join"], imports)
    for name, (body, request) in {
        "iteration": (_ITERATION, "GetHistoryRequest"),
        "conversation": (_CONVERSATION, "SendMessageRequest"),
        "number": (_NUMBER, "DeleteMessagesRequest"),
        "file": (_FILE, "SendMessageRequest"),
        "helper": (_HELPER, "SendMessageRequest"),
        "attribute": (_OF_SELF, "DeleteMessagesRequest"),
    }.items():
        found[name] = Shape(_HEAD.format(imports="") + body, request)
    return found


SHAPES = _shapes()
