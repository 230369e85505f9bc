"""`make demo`: index samples/ into a fresh home, ask through the real command line, time the first answer.

`make demo-write GGUF=FILE.gguf` has a language model write the answers; where the articles do not bear it out, it is quoted.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOME = ROOT / ".demo"


@dataclass(frozen=True, slots=True)
class Question:
    """A question, why it is asked, and what the answer must hold; nothing where it must be refused."""

    text: str
    why: str
    expected: str


QUESTIONS = (
    Question("青屿海上风电场并网容量达到多少？", "Chinese on a Chinese article", "102万千瓦"),
    Question(
        "How many black-faced spoonbills were recorded in the wetland?",
        "An English question on a Chinese article",
        "427",
    ),
    Question("How much has the saltmarsh project cost to date?", "English on an English article", "38.4 million"),
    Question("世界杯足球赛的冠军是哪支球队？", "Nothing in the articles answers this", ""),
)


def yinju(*arguments: str) -> str:
    """Run the command as a person would and return its standard output."""
    program = Path(sys.executable).with_name("yinju")
    command = [str(program), *arguments, "--home", str(HOME)]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, encoding="utf-8")
    if done.returncode:
        sys.exit(f"yinju {arguments[0]} ended with exit code {done.returncode}")
    return done.stdout


def as_expected(question: Question, shown: str) -> bool:
    """True if the answer holds what it must and cites it, or is the refusal it must be."""
    if not question.expected:
        return "[1]" not in shown
    return question.expected in shown and "[1]" in shown


def main() -> None:
    writer = ["--model", str(Path(sys.argv[1]).resolve())] if len(sys.argv) > 1 else []
    shutil.rmtree(HOME, ignore_errors=True)
    started = time.perf_counter()
    print("$ yinju index samples", flush=True)
    yinju("index", str(ROOT / "samples"))
    wrong = []
    for number, question in enumerate(QUESTIONS):
        shown = yinju("ask", question.text, *writer)
        print(
            f'\n# {question.why}\n$ yinju ask "{question.text}"{"".join(f" {word}" for word in writer)}\n{shown}',
            flush=True,
        )
        if number == 0:
            print(f"-- From an installed state to the first answer: {time.perf_counter() - started:.1f} s", flush=True)
        if not as_expected(question, shown):
            wrong.append(question.text)
    if wrong:
        sys.exit(f"not as expected: {'; '.join(wrong)}")
    print("\nAsk your own: yinju index FOLDER, then yinju ask QUESTION or yinju ui")


if __name__ == "__main__":
    main()
