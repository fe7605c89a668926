"""Programs that block the event loop with requests and urllib: ``async def handler(base)``."""

from __future__ import annotations

from http_shapes import programs

BLOCKING = programs(
    """
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
    """,
    "import os\nimport urllib.error\nimport urllib.request\n\nimport requests",
)
