"""Programs that build an HTTP client for every request, in the shapes that bots write: ``async def handler(base)``."""

from __future__ import annotations

import textwrap


def programs(text: str, imports: str) -> dict[str, str]:
    """``# name`` lines begin a program; each gets the imports and is a module with a coroutine `handler(base)`."""
    programs: dict[str, str] = {}
    for chunk in textwrap.dedent(text).strip("\n").split("### ")[1:]:
        name, _, body = chunk.partition("\n")
        programs[name.strip()] = f"{imports}\n\n{body.rstrip()}\n"
    return programs


HTTPX = programs(
    """
    ### one request
    async def handler(base):
        async with httpx.AsyncClient() as client:
            response = await client.get(f"{base}/json")
            return response.json()
    ### the response is used behind the block
    async def handler(base):
        async with httpx.AsyncClient() as client:
            response = await client.get(f"{base}/text")
        return response.text, response.status_code, response.headers["content-type"]
    ### headers, parameters and a timeout of the client
    async def handler(base):
        async with httpx.AsyncClient(headers={"X-A": "1", "X-B": "2"}, params={"a": "1"}, timeout=5) as client:
            response = await client.get(f"{base}/echo", headers={"x-b": "3"}, params={"b": "2"})
            return response.json(), repr(client.timeout)
    ### a base URL
    async def handler(base):
        async with httpx.AsyncClient(base_url=base + "/") as client:
            return (await client.get("echo?x=1")).json(), (await client.get("/json")).json()
    ### a login and what it allows
    async def handler(base):
        async with httpx.AsyncClient() as client:
            first = await client.get(f"{base}/set-cookie?sid=ALICE")
            second = await client.get(f"{base}/cookies")
            return second.json(), dict(first.cookies), dict(client.cookies)
    ### cookies of two users
    async def handler(base):
        async with httpx.AsyncClient() as client:
            before = (await client.get(f"{base}/cookies")).json()
            await client.get(f"{base}/set-cookie?sid=ALICE")
            return before
    ### cookies that the client is given
    async def handler(base):
        async with httpx.AsyncClient(cookies={"lang": "de"}) as client:
            return (await client.get(f"{base}/cookies")).json()
    ### headers set on the client later
    async def handler(base):
        async with httpx.AsyncClient() as client:
            before = (await client.get(f"{base}/echo")).json()
            client.headers["Authorization"] = "Bearer ALICE"
            return before, (await client.get(f"{base}/echo")).json()
    ### basic authentication
    async def handler(base):
        async with httpx.AsyncClient(auth=("user", "secret")) as client:
            return (await client.get(f"{base}/echo")).json()["headers"]
    ### a redirect that is not followed
    async def handler(base):
        async with httpx.AsyncClient() as client:
            response = await client.get(f"{base}/redirect?to=/json")
            return response.status_code, response.headers["location"], str(response.next_request.url).replace(base, "")
    ### a redirect that sets a cookie and is followed
    async def handler(base):
        async with httpx.AsyncClient(follow_redirects=True) as client:
            response = await client.get(f"{base}/redirect?cookie=sid=BOB&to=/cookies")
            return response.json(), len(response.history)
    ### too many redirects
    async def handler(base):
        async with httpx.AsyncClient(follow_redirects=True, max_redirects=2) as client:
            await client.get(f"{base}/redirect?to=/redirect")
    ### a form
    async def handler(base):
        async with httpx.AsyncClient() as client:
            return (await client.post(f"{base}/echo", data={"name": "Zoë", "n": 1})).json()
    ### JSON and PUT and PATCH and DELETE
    async def handler(base):
        async with httpx.AsyncClient() as client:
            a = await client.post(f"{base}/echo", json={"a": [1, 2]})
            b = await client.put(f"{base}/echo", content=b"bytes")
            c = await client.patch(f"{base}/echo", content="text")
            d = await client.delete(f"{base}/echo")
            return [r.json() for r in (a, b, c, d)]
    ### an upload
    async def handler(base):
        async with httpx.AsyncClient() as client:
            response = await client.post(f"{base}/echo", files={"file": ("a.txt", b"content")}, data={"k": "v"})
            return response.status_code
    ### a body that is generated
    async def handler(base):
        async def pieces():
            yield b"one"
            yield b"two"

        async with httpx.AsyncClient() as client:
            return (await client.post(f"{base}/echo", content=pieces())).json()["body"]
    ### server error and raise_for_status
    async def handler(base):
        async with httpx.AsyncClient() as client:
            try:
                response = await client.get(f"{base}/status/503")
                response.raise_for_status()
            except httpx.HTTPStatusError as error:
                return error.response.status_code, str(error).replace(base, "")
    ### an error that nobody catches
    async def handler(base):
        async with httpx.AsyncClient() as client:
            (await client.get(f"{base}/status/404")).raise_for_status()
    ### a timeout
    async def handler(base):
        async with httpx.AsyncClient(timeout=0.5) as client:
            await client.get(f"{base}/slow?seconds=3")
    ### nobody listens
    async def handler(base):
        async with httpx.AsyncClient() as client:
            try:
                await client.get(os.environ["REFUSED_URL"])
            except httpx.ConnectError as error:
                return type(error).__name__
    ### an answer that is no JSON
    async def handler(base):
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{base}/bad-json")).json()
    ### the server closes without an answer
    async def handler(base):
        async with httpx.AsyncClient() as client:
            await client.get(f"{base}/close")
    ### an answer cut short
    async def handler(base):
        async with httpx.AsyncClient() as client:
            await client.get(f"{base}/truncated")
    ### the client is used behind its block
    async def handler(base):
        async with httpx.AsyncClient() as client:
            pass
        return (await client.get(f"{base}/json")).json()
    ### an exception inside the block
    async def handler(base):
        async with httpx.AsyncClient() as client:
            await client.get(f"{base}/json")
            raise KeyError("in the block")
    ### a stream
    async def handler(base):
        size = 0
        async with httpx.AsyncClient() as client:
            async with client.stream("GET", f"{base}/chunked?count=5&size=1000") as response:
                async for chunk in response.aiter_bytes():
                    size += len(chunk)
        return size
    ### a stream that is left early
    async def handler(base):
        async with httpx.AsyncClient() as client:
            async with client.stream("GET", f"{base}/chunked?count=50&size=60000") as response:
                async for chunk in response.aiter_bytes():
                    return len(chunk) > 0
    ### an asynchronous generator
    async def lines(base):
        async with httpx.AsyncClient() as client:
            async with client.stream("GET", f"{base}/chunked?count=3&size=10") as response:
                async for chunk in response.aiter_raw():
                    yield chunk
    async def handler(base):
        return b"".join([chunk async for chunk in lines(base)])
    ### an asynchronous generator that is left early
    async def lines(base):
        async with httpx.AsyncClient() as client:
            for number in range(5):
                yield (await client.get(f"{base}/echo?n={number}")).json()["query"]
    async def handler(base):
        async for query in lines(base):
            return query
    ### event hooks
    async def handler(base):
        seen = []
        async def hook(response):
            seen.append(response.status_code)
        async with httpx.AsyncClient(event_hooks={"response": [hook]}) as client:
            await client.get(f"{base}/json")
        return seen
    ### without a block, closed in the end
    async def handler(base):
        client = httpx.AsyncClient(timeout=5.0)
        try:
            response = await client.get(f"{base}/json")
        finally:
            await client.aclose()
        return response.json(), client.is_closed
    ### two clients at once
    async def handler(base):
        async with httpx.AsyncClient() as one, httpx.AsyncClient(headers={"X-Two": "2"}) as two:
            return [r.status_code for r in (await one.get(f"{base}/json"), await two.get(f"{base}/echo"))]
    ### a static method
    class Api:
        @staticmethod
        async def fetch(url):
            async with AsyncClient() as client:
                return (await client.get(url)).json()
    async def handler(base):
        return await Api.fetch(f"{base}/json")
    ### a method with headers of the object
    class Api:
        def __init__(self):
            self.headers = {"Authorization": "Bearer x"}
        async def fetch(self, url):
            async with httpx.AsyncClient() as client:
                response = await client.get(url, headers=self.headers)
                response.raise_for_status()
                return response.json()
    async def handler(base):
        return await Api().fetch(f"{base}/echo")
    ### a client for each round of a loop
    async def handler(base):
        seen = []
        for number in range(4):
            async with httpx.AsyncClient() as client:
                seen.append((await client.get(f"{base}/echo", params={"n": number})).json()["query"])
        return seen
    ### retries
    async def handler(base):
        async with httpx.AsyncClient(timeout=5) as client:
            for attempt in range(3):
                try:
                    response = await client.get(f"{base}/status/{500 if attempt < 2 else 200}")
                    response.raise_for_status()
                    return attempt
                except httpx.HTTPStatusError:
                    continue
    ### the client is handed on
    async def ask(client, url):
        return (await client.get(url)).json()
    async def handler(base):
        async with httpx.AsyncClient() as client:
            return [await ask(client, f"{base}/json"), await ask(client, f"{base}/echo")]
    ### in a try
    async def handler(base):
        try:
            async with httpx.AsyncClient(timeout=0.5) as client:
                await client.get(f"{base}/slow?seconds=3")
        except httpx.TimeoutException as error:
            return type(error).__name__
    ### certificates are not checked
    async def handler(base):
        async with httpx.AsyncClient(verify=False) as client:
            return (await client.get(f"{base}/json")).json()
    ### a request that is built by hand and traced
    async def handler(base):
        events = []
        async def trace(event, info):
            events.append(event)
        async with httpx.AsyncClient() as client:
            request = client.build_request("GET", f"{base}/echo", extensions={"trace": trace})
            response = await client.send(request)
            return response.json(), bool(events), response.request.extensions["trace"] is trace
    ### cancelled
    async def handler(base):
        async def ask():
            async with httpx.AsyncClient() as client:
                await client.get(f"{base}/slow?seconds=3")
        task = asyncio.create_task(ask())
        await asyncio.sleep(0.7)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{base}/json")).status_code
    """,
    "import asyncio\nimport os\n\nimport httpx\nfrom httpx import AsyncClient",
)
