"""What a block of config.yaml is made of: `Block`, its fields, and the types that several figures share.

A figure's `config.py` holds a class `Config(Block)`. Each field has a type with its limits, a description, and says
where its value in config.yaml comes from: `paper("…")`, or `chosen("…")` where the paper does not say. What values must
be to each other is said by `mistakes(block)`, a sentence for each mistake.
"""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Len, Lt
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError


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


def _checked(holds, said, **schema):
    """A check of a value by a function, with what is said where it does not hold, and what editors are told."""

    def check(value):
        if not holds(value):
            raise PydanticCustomError("said", "{said}", {"said": said})
        return value

    return Annotated[object, AfterValidator(check), Field(json_schema_extra=schema)].__metadata__


# each is a list of annotations: Annotated[list[float], *UNIQUE]
UNIQUE = _checked(
    lambda values: len(set(map(repr, values))) == len(values), "must not name an entry twice", uniqueItems=True
)
NOT_ZERO = _checked(lambda value: value != 0, "must not be 0")
NOT_ALL_ZERO = _checked(any, "must have an entry other than 0")


def one_of(*values):
    """One of these values."""
    return _checked(lambda value: value in values, f"must be one of {list(values)}", enum=list(values))


def holding(value):
    """A list that holds this value."""
    return _checked(lambda values: value in values, f"must hold {value!r}", contains={"const": value})


Positive = Annotated[float, Gt(0)]
Share = Annotated[float, Gt(0), Lt(1)]
Count = Annotated[int, Ge(1)]
Many = Annotated[int, Ge(2)]
Width = Annotated[int, Ge(1), Le(1000)]
Lambda = Annotated[float, Ge(-1e4), Le(1e4)]
Lambdas = Annotated[list[Lambda], Len(1), *UNIQUE]
Alphas = Annotated[list[Annotated[float, Ge(1e-4), Le(1e4)]], Len(2), *UNIQUE]
Widths = Annotated[list[Width], Len(1), *UNIQUE]
Shape = Annotated[list[Width], Len(3, 3)]
Plane = Annotated[list[float], Len(2, 2), *NOT_ALL_ZERO]
SingularValues = Annotated[list[Annotated[float, Ge(0)]], Len(1)]
