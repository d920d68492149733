"""Parses the Kotlin, the Swift and the C# of generated clients.

A parser does not know that a member can't be called as its type or as another
member: that is checked here by the names themselves.
"""

import pathlib
import re
import sys
from collections import Counter
from collections.abc import Iterator

import tree_sitter_c_sharp
import tree_sitter_kotlin
import tree_sitter_swift
from tree_sitter import Language, Node, Parser

# The folder, the files, the nodes that declare members, and what no member may be called.
LANGUAGES = [
    ("kotlin", tree_sitter_kotlin, "*.kt", {"enum_entry", "class_parameter"}, {"name", "ordinal", "entries", "class", "object", "val"}),
    ("swift6", tree_sitter_swift, "*.swift", {"enum_entry"}, {"self", "Self", "Type", "Protocol", "init", "default"}),
    ("csharp", tree_sitter_c_sharp, "*.cs", {"enum_member_declaration", "property_declaration"}, {"Equals", "GetType", "ToString"}),
]
# What the generator brings along whatever the contract says. Its Swift uses
# words that the parser does not know yet.
OWN = {"Infrastructure", "Client"}
ENUMS = {"enum_entry", "enum_member_declaration"}


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def text(node: Node) -> str:
    return (node.text or b"").decode()


def legible(source: bytes) -> bytes:
    """C# allows a variable that is called `required`; the parser does not."""
    return re.sub(rb"\brequired = new\b", b"required_ = new", source)


def declared(node: Node) -> str:
    """The name that a node declares."""
    named = node.child_by_field_name("name")
    if named is not None:
        return text(named)
    return next((text(child) for child in node.children if "identifier" in child.type), "")


def errors(root: Node, members: set[str], reserved: set[str]) -> Iterator[str]:
    for node in walk(root):
        if node.type == "ERROR" or node.is_missing:
            yield f"line {node.start_point.row + 1}: can't be parsed"
        own = [child for child in node.children if child.type in members]
        names = [declared(child).strip("`") for child in own]
        yield from (f"{name} is there {count} times" for name, count in Counter(names).items() if count > 1)
        for child, name in zip(own, names):
            if not name:
                yield f"line {child.start_point.row + 1}: a member without a name"
            if child.type in ENUMS and name in reserved:
                yield f"{name} is reserved"
        if node.type == "declaration_list" and node.parent is not None and declared(node.parent) in names:
            yield f"{declared(node.parent)} has a member of its own name"


# A check that can't fail says nothing.
ERRORY = {
    "kotlin": ('enum class S(val value: String) { name("name"), A("a"), A("b") }', {"name is reserved", "A is there 2 times"}),
    "swift6": ("enum S: String { case A = 1; case A = 2; case self = 3 ", {"A is there 2 times"}),
    "csharp": (
        "class S { public string S { get; set; } } enum E { A, A }",
        {"S has a member of its own name", "A is there 2 times"},
    ),
}


def main(folder: pathlib.Path) -> int:
    found = 0
    for name, grammar, pattern, members, reserved in LANGUAGES:
        parser = Parser(Language(grammar.language()))
        source, expected = ERRORY[name]
        told = set(errors(parser.parse(source.encode()).root_node, members, reserved))
        if not expected <= told:
            print(f"{name}: not found out: {expected - told}, but {told}", file=sys.stderr)
            found += 1
        files = [file for file in sorted((folder / name).rglob(pattern)) if not OWN & {file.parent.name.capitalize()}]
        seen = 0
        for file in files:
            root = parser.parse(legible(file.read_bytes())).root_node
            seen += sum(node.type in members for node in walk(root))
            for error in errors(root, members, reserved):
                print(f"{file.relative_to(folder)}: {error}", file=sys.stderr)
                found += 1
        print(f"{name}: {len(files)} files, {seen} members")
        if len(files) < 20 or seen < 100:
            print(f"{name}: too little was generated", file=sys.stderr)
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
