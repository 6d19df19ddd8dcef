"""The prompt in a terminal: editing, completion, history, Ctrl-C and Ctrl-D."""
# test: timeout=120 sanitizers
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time

from program import LIMIT, PROGRAM, expect

UP, CTRL_A, CTRL_C, CTRL_D, TAB = "\x1b[A", "\x01", "\x03", "\x04", "\t"
PROMPT = "ganglion> "
COLOUR = re.compile(r"\x1b\[(1|3[12]|0)m")


class Terminal:
    """The program at the other end of a pseudo-terminal of 80 columns."""

    def __init__(self, state, **more):
        env = {**os.environ, "XDG_STATE_HOME": state, "TERM": "xterm",
               "COLUMNS": "80", "LINES": "24", **more}
        env.pop("NO_COLOR", None)
        env.update(more)
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execve(PROGRAM, [PROGRAM, "repl"], env)
        self.seen = ""
        #: All that ever came, as it came.
        self.raw = ""
        self.wait_for(PROMPT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.file)

    def type(self, text):
        os.write(self.file, text.encode())

    def wait_for(self, text):
        """What is shown up to and with `text`, without what moves the cursor
        or sets colours."""
        end = time.monotonic() + LIMIT
        while text not in self.plain():
            expect(time.monotonic() < end,
                   f"'{text}' in the terminal, not:\n{self.plain()}")
            if not select.select([self.file], [], [], 0.1)[0]:
                continue
            try:
                self.read()
            except OSError:
                sys.exit(f"FAILED: it ended before '{text}':\n{self.plain()}")
        plain = self.plain()
        cut = plain.index(text) + len(text)
        self.seen = plain[cut:]
        return plain[:cut]

    def read(self):
        text = os.read(self.file, 65536).decode()
        self.seen += text
        self.raw += text

    def plain(self):
        return re.sub(r"\x1b\[[0-9;?]*[@-~]|\x1b[=>]|\x07", "", self.seen)

    def run(self, command):
        """Its answer, up to the next prompt."""
        self.type(command + "\r")
        self.wait_for("\n")
        return self.wait_for(PROMPT)

    def end(self):
        """The exit status."""
        end = time.monotonic() + LIMIT
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            expect(time.monotonic() < end, "the program ends")
            if select.select([self.file], [], [], 0.05)[0]:
                try:
                    self.read()
                except OSError:
                    time.sleep(0.02)


def check_editing(t):
    t.type("rk mlp:4-8-3" + CTRL_A + "netwox\x08\r")
    t.wait_for("67 weights and biases")
    t.wait_for(PROMPT)


def check_completion(t):
    t.type("dep" + TAB + "in" + TAB + "2 by perc" + TAB + "50,50 threads 1\r")
    t.wait_for("hidden1[5..7], output")
    t.wait_for(PROMPT)
    t.type("whe" + TAB + "hid" + TAB + "[" + TAB + "\r")
    t.wait_for("position 0 to 4")
    t.wait_for("position 0 to 2")
    t.wait_for(PROMPT)
    # Several candidates are listed, and what was typed stays.
    t.type("s" + TAB)
    t.wait_for("save")
    t.wait_for("show")
    t.wait_for("source")
    t.wait_for(PROMPT + "s")
    t.type(CTRL_C)
    t.wait_for(PROMPT)


def check_history(t):
    t.run("help quit")
    t.run("network")
    t.type(UP + UP + "\r")
    answer = t.wait_for("for example: quit")
    expect("help quit" in answer, f"the line before the last: {answer}")
    t.wait_for(PROMPT)


def check_interrupts(t):
    t.type("this is nothing" + CTRL_C)
    t.wait_for("^C")
    t.wait_for(PROMPT)
    t.type("train 1000000 epochs generate:150x4x3\r")
    t.wait_for(" left")
    t.type(CTRL_C)
    t.wait_for("stopped after ")
    t.wait_for(PROMPT)
    answer = t.run("compare single")
    expect("equal to the bit" in answer, f"the same after Ctrl-C: {answer}")
    answer = t.run("train 1 epoch")
    expect("accuracy" in answer, f"training goes on: {answer}")


def check_narrow_terminal(t):
    """What goes wrong is told in lines that fit, broken between words."""
    size = struct.pack("HHHH", 24, 40, 0, 0)
    fcntl.ioctl(t.file, termios.TIOCSWINSZ, size)
    answer = t.run("xyzzy").replace(PROMPT, "")
    lines = [x.rstrip() for x in answer.splitlines() if x.strip()]
    expect(len(lines) > 1 and max(map(len, lines)) <= 40
           and " ".join(x.strip() for x in lines)
           == "there is no command 'xyzzy': 'help' lists those there are",
           f"lines of 40 columns: {lines}")


with tempfile.TemporaryDirectory() as state:
    with Terminal(state) as t:
        check_editing(t)
        check_completion(t)
        check_history(t)
        check_interrupts(t)
        t.type("fire 1 2")
        t.type(CTRL_D)  # in a line that is not empty, it deletes at most
        t.type(CTRL_C)
        t.wait_for("^C")
        t.wait_for(PROMPT)
        t.type(CTRL_D)
        expect(t.end() == 0, "Ctrl-D leaves with status 0")
    with Terminal(state) as t:
        t.type(UP)
        t.wait_for("train 1 epoch")
        t.type(CTRL_C)
        t.wait_for(PROMPT)
        t.run("xyzzy")
        expect(COLOUR.search(t.raw), f"colours on a terminal: {t.raw!r}")
        os.kill(t.pid, signal.SIGTERM)
        expect(t.end() == 0, "SIGTERM ends the prompt")
    with Terminal(state, NO_COLOR="1") as t:
        t.run("xyzzy")
        expect(not COLOUR.search(t.raw), f"none with NO_COLOR: {t.raw!r}")
        check_narrow_terminal(t)
        t.type("quit\r")
        expect(t.end() == 0, "quit leaves")
