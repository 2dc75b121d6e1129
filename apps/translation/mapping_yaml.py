"""YAML nodes with their lines, so that a mistake in a mapping is named with the place where it stands."""

from collections.abc import Iterable

import yaml

from apps.translation.mapping_rules import MappingError


class YamlReader:
    """Reads nodes of one file as what is expected there; raises MappingError with the line otherwise."""

    def __init__(self, file: str) -> None:
        self.file = file

    def compose(self, text: str) -> yaml.Node | None:
        try:
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                if isinstance(event, yaml.AliasEvent):
                    line = event.start_mark.line + 1 if event.start_mark else 1
                    raise MappingError(f"{self.file}, line {line}: a mapping takes no aliases (`*name`): write it out.")
            node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            context = f"{error.context}, " if error.context else ""
            raise MappingError(f"{self.file}, line {line}: not readable as YAML: {context}{error.problem}.") from error
        except (yaml.YAMLError, RecursionError) as error:
            sentence = " ".join(str(error).split())
            raise MappingError(f"{self.file}: not readable as YAML: {sentence}.") from error
        return node

    def wrong(self, node: yaml.Node, sentence: str) -> MappingError:
        return MappingError(f"{self.file}, line {node.start_mark.line + 1}: {sentence}.")

    def fields(
        self, node: yaml.Node, where: str, known: Iterable[str] | None, required: Iterable[str] = ()
    ) -> dict[str, yaml.Node]:
        """The named values of a map. `known` None: any name."""
        if not isinstance(node, yaml.MappingNode):
            raise self.wrong(node, f"{where}: expected `name: value` pairs, came {came(node)}")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if known is not None and name not in known:
                raise self.wrong(key, f"{where}: `{name}` is not known here; expected one of {', '.join(known)}")
            if name in found:
                raise self.wrong(key, f"{where}: `{name}` stands twice")
            found[name] = value
        for name in required:
            if name not in found:
                raise self.wrong(node, f"{where}: `{name}` is missing")
        return found

    def text(self, node: yaml.Node, where: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise self.wrong(node, f"{where}: expected text, came {came(node)}")
        return str(node.value).strip()

    def texts(self, node: yaml.Node, where: str) -> tuple[str, ...]:
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.text(item, where) for item in node.value)
        return (self.text(node, where),)

    def truth(self, node: yaml.Node, where: str) -> bool:
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:bool":
            return str(node.value).lower() in {"true", "yes", "on"}
        raise self.wrong(node, f"{where}: expected true or false, came {came(node)}")


def came(node: yaml.Node) -> str:
    """What stands there, for a sentence."""
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value) if node.value else "nothing"
    return "a list" if isinstance(node, yaml.SequenceNode) else "`name: value` pairs"
