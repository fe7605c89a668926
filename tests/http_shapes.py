"""Programs that build an HTTP client for every request, in the shapes that bots write: ``async def handler(base)``."""

from __future__ import annotations

import textwrap


def _programs(text: str, imports: str) -> dict[str, str]:
    """``# name`` lines begin a program; each gets the imports and is a module with a coroutine `handler(base)`."""
    programs: dict[str, str] = {}
    for chunk in textwrap.dedent(text).strip("\n").split("### ")[1:]:
        name, _, body = chunk.partition("\n")
        programs[name.strip()] = f"{imports}\n\n{body.rstrip()}\n"
    return programs


HTTPX = _programs(
    '''
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
        async with httpx.AsyncClient(timeout=0.15) as client:
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
            async with httpx.AsyncClient(timeout=0.15) as client:
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
        await asyncio.sleep(0.3)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{base}/json")).status_code
    ### the blocking function
    async def handler(base):
        response = httpx.get(f"{base}/echo", params={"a": "1"}, headers={"X-A": "1"}, timeout=5)
        return response.json(), httpx.post(f"{base}/echo", json={"a": 1}).json()
    ### the blocking function fails
    async def handler(base):
        try:
            httpx.get(f"{base}/status/500").raise_for_status()
        except httpx.HTTPStatusError as error:
            return error.response.json()
    ### the blocking function follows a redirect
    async def handler(base):
        response = httpx.request("GET", f"{base}/redirect?cookie=sid=BOB&to=/cookies", follow_redirects=True)
        return response.json(), httpx.get(f"{base}/cookies", cookies={"a": "1"}).json()
    ''',
    "import asyncio\nimport os\n\nimport httpx\nfrom httpx import AsyncClient",
)

AIOHTTP = _programs(
    '''
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
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.15)) as session:
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
                async with session.get(f"{base}/slow?seconds=3", timeout=aiohttp.ClientTimeout(total=0.15)) as response:
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
        await asyncio.sleep(0.3)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            async with aiohttp.ClientSession() as session:
                async with session.get(f"{base}/json") as response:
                    return response.status
    ''',
    "import asyncio\nimport os\n\nimport aiohttp\nfrom aiohttp import ClientSession",
)

BLOCKING = _programs(
    '''
    ### a request and its JSON
    async def handler(base):
        return requests.get(f"{base}/json").json()
    ### a response in a variable
    async def handler(base):
        response = requests.get(f"{base}/text", timeout=5)
        return response.text, response.status_code, response.ok, response.headers["content-type"], response.encoding
    ### parameters and headers
    async def handler(base):
        return requests.get(f"{base}/echo?a=1", params={"b": "2"}, headers={"X-A": "1"}).json()
    ### all the verbs
    async def handler(base):
        responses = [
            requests.post(f"{base}/echo", json={"a": 1}), requests.put(f"{base}/echo", data=b"bytes"),
            requests.patch(f"{base}/echo", data={"k": "v"}), requests.delete(f"{base}/echo"),
            requests.options(f"{base}/echo"), requests.request("GET", f"{base}/echo"),
        ]
        return [response.json() for response in responses], requests.head(f"{base}/json").status_code
    ### an upload
    async def handler(base):
        return requests.post(f"{base}/echo", files={"file": ("a.txt", b"content")}).status_code
    ### a redirect that sets a cookie
    async def handler(base):
        response = requests.get(f"{base}/redirect?cookie=sid=BOB&to=/cookies")
        return response.json(), len(response.history), requests.get(f"{base}/cookies").json()
    ### a redirect that is not followed
    async def handler(base):
        return requests.get(f"{base}/redirect?to=/json", allow_redirects=False).headers["location"]
    ### cookies and authentication
    async def handler(base):
        return requests.get(f"{base}/echo", cookies={"a": "1"}, auth=("user", "secret")).json()
    ### an error status
    async def handler(base):
        response = requests.get(f"{base}/status/503")
        try:
            response.raise_for_status()
        except requests.HTTPError as error:
            return error.response.status_code
    ### nobody listens
    async def handler(base):
        try:
            requests.get(os.environ["REFUSED_URL"])
        except requests.exceptions.ConnectionError as error:
            return type(error).__name__
    ### a timeout
    async def handler(base):
        requests.get(f"{base}/slow?seconds=3", timeout=0.15)
    ### an answer that is no JSON
    async def handler(base):
        return requests.get(f"{base}/bad-json").json()
    ### the server closes without an answer
    async def handler(base):
        requests.post(f"{base}/close")
    ### a stream
    async def handler(base):
        with requests.get(f"{base}/chunked?count=5&size=1000", stream=True) as response:
            return sum(len(chunk) for chunk in response.iter_content(500))
    ### a session
    async def handler(base):
        with requests.Session() as session:
            session.headers["X-A"] = "1"
            session.get(f"{base}/set-cookie?sid=ALICE")
            return session.get(f"{base}/cookies").json(), session.get(f"{base}/echo").json()
    ### in a comprehension
    async def handler(base):
        return [requests.get(f"{base}/echo", params={"n": n}).json()["query"] for n in range(3)]
    ### in conditions and arguments
    async def handler(base):
        if not requests.get(f"{base}/json").ok or len(requests.get(f"{base}/text").text) > 1000:
            return None
        return str(requests.get(f"{base}/json").json())
    ### unpacked arguments
    async def handler(base):
        how = {"params": {"a": "1"}, "timeout": 5}
        return requests.get(*[f"{base}/echo"], **how).json()
    ### urlopen
    async def handler(base):
        with urllib.request.urlopen(f"{base}/echo") as answer:
            return answer.status, answer.read()
    ### urlopen of a request that fails
    async def handler(base):
        request = urllib.request.Request(f"{base}/status/404", data=b"x", headers={"X-A": "1"})
        try:
            urllib.request.urlopen(request, timeout=5)
        except urllib.error.HTTPError as error:
            return error.code, error.read()
    ### urlopen read at once
    async def handler(base):
        return urllib.request.urlopen(f"{base}/json").read()
    ### urlretrieve
    async def handler(base):
        urllib.request.urlretrieve(f"{base}/bytes?size=10", "file.bin")
        with open("file.bin", "rb") as file:
            return file.read()
    ''',
    "import os\nimport urllib.error\nimport urllib.request\n\nimport requests",
)
