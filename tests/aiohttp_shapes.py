"""Programs that build an aiohttp session for every request: ``async def handler(base)``."""

from __future__ import annotations

from http_shapes import programs

AIOHTTP = programs(
    """
    ### one request
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/json") as response:
                return await response.json()
    ### both in one line
    async def handler(base):
        async with ClientSession() as session, session.get(f"{base}/echo", params={"a": "1"}) as response:
            return await response.json()
    ### the status behind the block
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/text") as response:
                text = await response.text()
        return text, response.status, response.headers["content-type"]
    ### headers, a timeout and a base URL
    async def handler(base):
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(base, headers={"X-A": "1", "X-B": "2"}, timeout=timeout) as session:
            async with session.get("/echo", headers={"x-b": "3"}) as response:
                return await response.json()
    ### a login and what it allows
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/set-cookie?sid=ALICE") as response:
                await response.read()
            async with session.get(f"{base}/cookies") as response:
                return await response.json(), [c.value for c in session.cookie_jar]
    ### cookies of two users
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/cookies") as response:
                before = await response.json()
            async with session.get(f"{base}/set-cookie?sid=ALICE"):
                return before
    ### cookies that the session is given
    async def handler(base):
        async with aiohttp.ClientSession(cookies={"lang": "de"}) as session:
            async with session.get(f"{base}/cookies") as response:
                return await response.json()
    ### headers set on the session later
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            session.headers["Authorization"] = "Bearer ALICE"
            async with session.get(f"{base}/echo") as response:
                return await response.json()
    ### basic authentication
    async def handler(base):
        async with aiohttp.ClientSession(auth=aiohttp.BasicAuth("user", "secret")) as session:
            async with session.get(f"{base}/echo") as response:
                return (await response.json())["headers"]
    ### a redirect that sets a cookie
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/redirect?cookie=sid=BOB&to=/cookies") as response:
                return await response.json(), len(response.history)
    ### a redirect that is not followed
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/redirect?to=/json", allow_redirects=False) as response:
                return response.status, response.headers["location"]
    ### too many redirects
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/redirect?to=/redirect", max_redirects=2):
                pass
    ### JSON and PUT and PATCH and DELETE
    async def handler(base):
        seen = []
        async with aiohttp.ClientSession() as session:
            for method, body in (("post", {"json": {"a": 1}}), ("put", {"data": b"bytes"}), ("patch", {"data": "text"}), ("delete", {})):
                async with getattr(session, method)(f"{base}/echo", **body) as response:
                    seen.append(await response.json())
        return seen
    ### a form
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{base}/echo", data={"name": "Zoë"}) as response:
                return await response.json()
    ### an upload
    async def handler(base):
        form = aiohttp.FormData()
        form.add_field("file", b"content", filename="a.txt")
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{base}/echo", data=form) as response:
                return response.status
    ### a body that is generated
    async def handler(base):
        async def pieces():
            yield b"one"
            yield b"two"

        async with aiohttp.ClientSession() as session:
            async with session.post(f"{base}/echo", data=pieces()) as response:
                return (await response.json())["body"]
    ### server error and raise_for_status
    async def handler(base):
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            try:
                async with session.get(f"{base}/status/503"):
                    pass
            except aiohttp.ClientResponseError as error:
                return error.status, error.message
    ### an error that nobody catches
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/status/404") as response:
                response.raise_for_status()
    ### a timeout
    async def handler(base):
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.5)) as session:
            async with session.get(f"{base}/slow?seconds=3") as response:
                return await response.text()
    ### nobody listens
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            try:
                async with session.get(os.environ["REFUSED_URL"]):
                    pass
            except aiohttp.ClientConnectorError as error:
                return type(error).__name__
    ### an answer that is no JSON
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/bad-json") as response:
                return await response.json()
    ### an answer of another type
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/text") as response:
                return await response.json()
    ### the server closes without an answer
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{base}/close"):
                pass
    ### an answer cut short
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/truncated") as response:
                await response.read()
    ### the session is used behind its block
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            pass
        async with session.get(f"{base}/json") as response:
            return await response.json()
    ### an exception inside the block
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/json"):
                raise KeyError("in the block")
    ### a stream
    async def handler(base):
        size = 0
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/chunked?count=5&size=1000") as response:
                async for chunk in response.content.iter_chunked(500):
                    size += len(chunk)
        return size
    ### a stream that is left early
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/chunked?count=50&size=60000") as response:
                async for chunk in response.content.iter_any():
                    return len(chunk) > 0
    ### an asynchronous generator
    async def lines(base):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/chunked?count=3&size=10") as response:
                async for line in response.content.iter_any():
                    yield line
    async def handler(base):
        return b"".join([line async for line in lines(base)])
    ### without a block, closed in the end
    async def handler(base):
        session = aiohttp.ClientSession()
        try:
            async with session.get(f"{base}/json") as response:
                return await response.json()
        finally:
            await session.close()
    ### without `async with` for the response
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            response = await session.get(f"{base}/json")
            return await response.json()
    ### a response that nobody reads
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            response = await session.get(f"{base}/json")
            return response.status
    ### a session for each round of a loop
    async def handler(base):
        seen = []
        for number in range(4):
            async with aiohttp.ClientSession() as session:
                async with session.get(f"{base}/echo", params={"n": number}) as response:
                    seen.append((await response.json())["query"])
        return seen
    ### the session is handed on
    async def ask(session, url):
        async with session.get(url) as response:
            return await response.json()
    async def handler(base):
        async with aiohttp.ClientSession() as session:
            return [await ask(session, f"{base}/json"), await ask(session, f"{base}/echo")]
    ### a method
    class Api:
        headers = {"Authorization": "Bearer x"}
        async def fetch(self, url):
            async with aiohttp.ClientSession(headers=self.headers) as session:
                async with session.get(url) as response:
                    response.raise_for_status()
                    return await response.json()
    async def handler(base):
        return await Api().fetch(f"{base}/echo")
    ### in a try
    async def handler(base):
        try:
            async with aiohttp.ClientSession() as session:
                async with session.get(f"{base}/slow?seconds=3", timeout=aiohttp.ClientTimeout(total=0.5)) as response:
                    return await response.text()
        except asyncio.TimeoutError as error:
            return type(error).__name__
    ### certificates are not checked
    async def handler(base):
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as session:
            async with session.get(f"{base}/json") as response:
                return await response.json()
    ### a connector in a variable
    async def handler(base):
        connector = aiohttp.TCPConnector(ssl=False)
        async with aiohttp.ClientSession(connector=connector) as session:
            async with session.get(f"{base}/json") as response:
                return await response.json()
    ### cancelled
    async def handler(base):
        async def ask():
            async with aiohttp.ClientSession() as session:
                async with session.get(f"{base}/slow?seconds=3"):
                    pass
        task = asyncio.create_task(ask())
        await asyncio.sleep(0.7)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            async with aiohttp.ClientSession() as session:
                async with session.get(f"{base}/json") as response:
                    return response.status
    """,
    "import asyncio\nimport os\n\nimport aiohttp\nfrom aiohttp import ClientSession",
)
