"""Programs that block the event loop: with requests and urllib in ``async def handler(base)``, in functions that ``work()`` calls."""

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
        requests.get(f"{base}/slow?seconds=3", timeout=0.5)
    ### an answer that is no JSON
    async def handler(base):
        return requests.get(f"{base}/bad-json").json()
    ### the server closes without an answer
    async def handler(base):
        requests.post(f"{base}/close")
    ### an answer that is closed
    async def handler(base):
        with requests.get(f"{base}/chunked?count=5&size=1000") as response:
            return len(response.content)
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
        name = f"{len(base)}.bin"
        urllib.request.urlretrieve(f"{base}/bytes?size=10", name)
        with open(name, "rb") as file:
            return file.read()
    """,
    "import os\nimport urllib.error\nimport urllib.request\n\nimport requests",
)

HTTPX_BLOCKING = programs(
    """
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
    ### a client that is not asynchronous
    async def handler(base):
        with httpx.Client(headers={"X-A": "1"}) as client:
            client.get(f"{base}/set-cookie?sid=ALICE")
            return client.get(f"{base}/cookies").json(), client.post(f"{base}/echo", json=[1]).json()
    """,
    "import httpx",
)

#: Plain functions that wait for a process or read a database, and ``async def work()`` that calls them. The database "bot.db" has a
#: table ``users`` of ids and names.
HELPERS = programs(
    """
    ### a command
    def sh(command):
        return subprocess.check_output(command, shell=True, text=True).strip()

    async def work():
        return sh("echo a"), sh("echo b").upper(), [sh(f"echo {n}") for n in range(3)]
    ### a command that fails
    def sh(command, *, check=True):
        return subprocess.run(command, shell=True, check=check).returncode

    async def work():
        try:
            sh("exit 3")
        except subprocess.CalledProcessError as error:
            return error.returncode, sh("exit 4", check=False)
    ### a function between
    def sh(command):
        return subprocess.getoutput(command)

    def version():
        name, _, number = sh("echo git version 2").partition("version")
        return name, number

    async def work():
        return version()
    ### a process that is started and ends
    def install(name):
        process = subprocess.Popen(["echo", name], stdout=subprocess.PIPE, text=True)
        out, _ = process.communicate()
        return out, process.returncode, process.poll()

    async def work():
        return install("a")
    ### the output of a program, line by line
    def lines(command):
        with subprocess.Popen(command, shell=True, stdout=subprocess.PIPE, text=True) as process:
            return [line.strip() for line in process.stdout]

    async def work():
        return lines("echo a; echo b")
    ### settings by platform
    if os.name == "nt":
        SHELL = ["cmd"]
    else:
        SHELL = "sh"

    def run(command):
        return subprocess.check_output([SHELL, "-c", command])

    async def work():
        return run("echo a")
    ### a logger
    from logging import getLogger
    LOGS = getLogger("bot")

    def run(command):
        LOGS.warning(command)
        return subprocess.getoutput(command)

    async def work():
        return run("echo a")
    ### a method
    class Machine:
        def uptime(self):
            return subprocess.run(["echo", "up"], capture_output=True, text=True).stdout

        async def report(self):
            return self.uptime()

    async def work():
        return await Machine().report()
    ### a file that the function reads
    def convert(text, path):
        os.system(f"echo {text} | tr a b > {path}")
        with open(path) as file:
            return file.read()

    async def work():
        return convert("aaa", "out.txt") if not os.path.exists("out.txt") else None
    ### one user
    def user(number):
        connection = sqlite3.connect(DATABASE)
        cursor = connection.cursor()
        cursor.execute("SELECT name FROM users WHERE id = ?", (number,))
        row = cursor.fetchone()
        connection.close()
        return row[0] if row else None

    async def work():
        return user(1), user(2), user(number=3)
    ### rows with names
    def connect():
        connection = sqlite3.connect(DATABASE)
        connection.row_factory = sqlite3.Row
        return connection

    def users():
        connection = connect()
        try:
            return [dict(row) for row in connection.execute("SELECT * FROM users ORDER BY id")]
        finally:
            connection.close()

    def first():
        with closing(connect()) as connection:
            return connection.execute("SELECT * FROM users").fetchone()

    async def work():
        row = first()
        return users(), tuple(row), row["name"]
    ### a context manager
    @contextmanager
    def database():
        connection = sqlite3.connect(DATABASE)
        try:
            yield connection
            connection.commit()
        finally:
            connection.close()

    def count():
        with database() as connection:
            return connection.execute("SELECT count(*) FROM users").fetchone()[0]

    async def work():
        return count()
    ### a database that fails
    def names(table):
        with sqlite3.connect(DATABASE) as connection:
            return connection.execute(f"SELECT name FROM {table}").fetchall()

    async def work():
        try:
            return names("nothing")
        except sqlite3.OperationalError as error:
            return str(error), names("users")
    ### a connection that is handed on
    def one(connection, column):
        return connection.execute(f"SELECT max({column}) FROM users").fetchone()[0]

    def largest():
        connection = sqlite3.connect(DATABASE)
        value = one(connection, "id")
        connection.close()
        return value

    async def work():
        return largest()
    """,
    "import os\nimport sqlite3\nimport subprocess\nfrom contextlib import closing, contextmanager\n\nDATABASE = 'bot.db'",
)
