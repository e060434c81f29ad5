"""Worker scripts as tokens and brackets: enough of JavaScript to find literals, never to run it.

Nothing here raises, whatever the text: what cannot be read becomes tokens that mean nothing.
Lexical grammar: ECMA-262, section 12. The one thing a lexer cannot know, whether ``/`` begins a
regular expression, is decided by the token before it, as section 12.1 leads to in nearly all code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

Kind = Literal["name", "string", "number", "regex", "punct", "opaque"]
"""``string``: also a template without substitutions. ``opaque``: a template that has some."""

NOWHERE: Final = -1

_SKIPPED: Final = re.compile(r"(?:[\s\ufeff]|//[^\n\r\u2028\u2029]*|/\*[\s\S]*?(?:\*/|\Z))+")
_REGEX: Final = re.compile(r"/(?:[^/\\\[\n\r]|\\[^\n\r]|\[(?:[^\]\\\n\r]|\\[^\n\r])*\])+/\w*")
_STRING: Final = re.compile(
    r"'(?:[^'\\\n\r]|\\(?:\r\n|[\s\S]))*'?" + r'|"(?:[^"\\\n\r]|\\(?:\r\n|[\s\S]))*"?'
)
_CHUNK: Final = re.compile(r"(?:[^`\\$]|\\[\s\S]|\$(?!\{))*")
_PLAIN: Final = re.compile(
    r"(?P<number>\.?\d(?:[eE][+-]\d|[\w.])*)"
    r"|(?P<name>[\w$#]+)"
    r"|(?P<punct>=>|\.\.\.|\?\.(?!\d)|\+\+|--|&&|\|\||\?\?|[=!]==?|[-+*/%&|^<>]=|[\s\S])"
)
_ESCAPE: Final = re.compile(
    r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|[\s\S]))"
)
_SIMPLE_ESCAPES: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "0": "\0",
}
_LINE_ENDS: Final = frozenset({"\n", "\r", "\r\n", "\u2028", "\u2029"})
_BEFORE_REGEX: Final = frozenset(
    [
        "return",
        "typeof",
        "case",
        "in",
        "of",
        "delete",
        "void",
        "throw",
        "new",
        "else",
        "do",
        "instanceof",
        "yield",
        "await",
    ]
)
_HEADS: Final = frozenset({"if", "while", "for", "with"})
_CLOSERS: Final = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True)
class Token:
    """One token.

    Attributes:
        text: the value of a string, the source text of anything else.
    """

    kind: Kind
    text: str


@dataclass(frozen=True)
class Script:
    """A script read.

    Attributes:
        tokens: without spaces and comments.
        partner: for each token the index of the bracket that matches it, NOWHERE for the others.
        block: for each token the index of the innermost ``{`` around it, NOWHERE at the top.
        assigned: names to the indices of the tokens where they stand before a ``=``.
    """

    tokens: tuple[Token, ...]
    partner: tuple[int, ...]
    block: tuple[int, ...]
    assigned: Mapping[str, tuple[int, ...]]

    def text(self, index: int) -> str:
        """The source text of a name, number or punctuator; empty for strings and outside."""
        if 0 <= index < len(self.tokens) and self.tokens[index].kind != "string":
            return self.tokens[index].text
        return ""

    def kind(self, index: int) -> Kind | None:
        """The kind of the token there; None outside the script."""
        return self.tokens[index].kind if 0 <= index < len(self.tokens) else None

    def close(self, index: int) -> int:
        """Where the bracket there is closed; the end of the script if it never is."""
        partner = self.partner[index]
        return partner if partner > index else len(self.tokens)

    def is_visible(self, declared: int, used: int) -> bool:
        """Whether the block around one token is around, or is, the block around another."""
        opened = self.block[declared]
        return opened == NOWHERE or opened <= used <= self.close(opened)


_EQUALS: Final = Token("punct", "=")


def read_script(source: str) -> Script:
    """The tokens and brackets of a script."""
    tokens = tuple(_tokens(source))
    partner = [NOWHERE] * len(tokens)
    block = [NOWHERE] * len(tokens)
    opened: list[int] = []
    braces: list[int] = []
    for index, token in enumerate(tokens):
        block[index] = braces[-1] if braces else NOWHERE
        if token.kind != "punct":
            continue
        if token.text in "([{":
            opened.append(index)
            if token.text == "{":
                braces.append(index)
        elif token.text in _CLOSERS and opened and tokens[opened[-1]].text == _CLOSERS[token.text]:
            partner[index] = opened.pop()
            partner[partner[index]] = index
            if token.text == "}":
                braces.pop()
    return Script(tokens, tuple(partner), tuple(block), _assignments(tokens))


def _assignments(tokens: Sequence[Token]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for index, (name, after) in enumerate(pairwise(tokens)):
        if name.kind == "name" and after == _EQUALS:
            found.setdefault(name.text, []).append(index)
    return {name: tuple(indices) for name, indices in found.items()}


@dataclass
class _Lexer:
    """Where the lexer stands.

    Attributes:
        depths: for each template that is open, how many braces are open in its substitution.
        heads: for each round bracket that is open, whether ``if``, ``while`` … stands before it.
    """

    source: str
    depths: list[int]
    heads: list[bool]
    position: int = 0
    last: Token = Token("punct", "")
    after_head: bool = False

    def run(self) -> Iterator[Token]:
        while True:
            skipped = _SKIPPED.match(self.source, self.position)
            self.position = skipped.end() if skipped else self.position
            if self.position >= len(self.source):
                return
            for token in self._next():
                self.last = token
                yield token

    def _next(self) -> list[Token]:
        character = self.source[self.position]
        if character in "'\"":
            text = self._take(_STRING)
            closed = len(text) > 1 and text.endswith(character)
            return [Token("string", unescape(text[1:-1] if closed else text[1:]))]
        if character == "`":
            self.position += 1
            return self._chunk(opening=True)
        if character == "/" and self._may_be_regex():
            found = _REGEX.match(self.source, self.position)
            if found:
                self.position = found.end()
                return [Token("regex", found.group())]
        if character == "}" and self.depths and self.depths[-1] == 0:
            self.position += 1
            self.depths.pop()
            return [Token("punct", ")"), *self._chunk(opening=False)]
        return [self._plain()]

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.source, self.position)
        text = found.group() if found else ""
        self.position += len(text)
        return text

    def _chunk(self, *, opening: bool) -> list[Token]:
        """A template's text up to its end or its next substitution, which reads as ``(…)``."""
        text = self._take(_CHUNK)
        if self.source.startswith("${", self.position):
            self.position += 2
            self.depths.append(0)
            return [Token("opaque", "`"), Token("punct", "(")]
        self.position += 1
        return [Token("string", unescape(text)) if opening else Token("opaque", "`")]

    def _plain(self) -> Token:
        found = _PLAIN.match(self.source, self.position)
        kind, text = (found.lastgroup, found.group()) if found else ("punct", "")
        self.position += len(text)
        self.after_head = False
        if text == "(":
            self.heads.append(self.last.kind == "name" and self.last.text in _HEADS)
        elif text == ")":
            self.after_head = bool(self.heads) and self.heads.pop()
        elif self.depths and text in ("{", "}"):
            self.depths[-1] += 1 if text == "{" else -1
        if kind == "number":
            return Token("number", text)
        return Token("name" if kind == "name" else "punct", text)

    def _may_be_regex(self) -> bool:
        if self.last.kind == "punct":
            return self.after_head or self.last.text not in (")", "]", "++", "--")
        return self.last.kind == "name" and self.last.text in _BEFORE_REGEX


def _tokens(source: str) -> Iterator[Token]:
    return _Lexer(source, [], []).run()


def unescape(text: str) -> str:
    """The value of a string's or template's text (ECMA-262, section 12.9.4.2)."""
    if "\\" not in text:
        return text
    value = _ESCAPE.sub(_unescaped, text)
    # \uD83D\uDE00 are two escapes and one character.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits:
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF else "\ufffd"
    if found[4] in _LINE_ENDS:
        return ""
    return _SIMPLE_ESCAPES.get(found[4], found[4])
