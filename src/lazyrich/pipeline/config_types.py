"""What a block of config.yaml is made of: `Block`, its fields, and the types that several figures share.

A figure's `config.py` holds a class `Config(Block)`. Each field has a type with its limits, a description, and says
where its value in config.yaml comes from: `paper("…")`, or `chosen("…")` where the paper does not say. What values must
be to each other is said by `mistakes(block)`, a sentence for each mistake.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Ge, Gt, Le, Len, Lt
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError, core_schema


class Block(BaseModel):
    """A mapping of config.yaml that names all its keys, and allows no other."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @staticmethod
    def mistakes(block):
        """Sentences about values that do not fit together; `block` is the mapping."""
        return ()


def paper(description, **more):
    """A field whose value in config.yaml is given in the paper."""
    return Field(description=description, json_schema_extra={"provenance": "paper"}, **more)


def chosen(description, **more):
    """A field whose value in config.yaml is ours, because the paper does not say."""
    return Field(description=description, json_schema_extra={"provenance": "chosen"}, **more)


@dataclass(frozen=True)
class Check:
    """An annotation: what a value must fulfil, what is said where it does not, and what editors are told."""

    holds: Callable
    said: str
    schema: dict = field(default_factory=dict)

    def __get_pydantic_core_schema__(self, source, handler):
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema, handler):
        return handler(schema) | self.schema

    def _checked(self, value):
        if not self.holds(value):
            raise PydanticCustomError("said", "{said}", {"said": self.said})
        return value


UNIQUE = Check(
    lambda values: len({*map(repr, values)}) == len(values), "must not name an entry twice", {"uniqueItems": True}
)
NOT_ZERO = Check(lambda value: value != 0, "must not be 0")
NOT_ALL_ZERO = Check(any, "must have an entry other than 0")


def one_of(*values):
    """One of these values."""
    return Check(lambda value: value in values, f"must be one of {list(values)}", {"enum": list(values)})


def holding(value):
    """A list that holds this value."""
    return Check(lambda values: value in values, f"must hold {value!r}", {"contains": {"const": value}})


Positive = Annotated[float, Gt(0)]
Share = Annotated[float, Gt(0), Lt(1)]
Count = Annotated[int, Ge(1)]
Many = Annotated[int, Ge(2)]
Width = Annotated[int, Ge(1), Le(1000)]
Lambda = Annotated[float, Ge(-1e4), Le(1e4)]
Lambdas = Annotated[list[Lambda], Len(1), UNIQUE]
Alphas = Annotated[list[Annotated[float, Ge(1e-4), Le(1e4)]], Len(2), UNIQUE]
Widths = Annotated[list[Width], Len(1), UNIQUE]
Shape = Annotated[list[Width], Len(3, 3)]
Plane = Annotated[list[float], Len(2, 2), NOT_ALL_ZERO]
SingularValues = Annotated[list[Annotated[float, Ge(0)]], Len(1)]
