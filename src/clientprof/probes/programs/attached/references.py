"""One object in the place of another, wherever Python code keeps it as an attribute or in a dictionary."""

import gc
from collections.abc import Mapping
from types import MemberDescriptorType
from typing import Any


def swap_references(pairs: Mapping[int, tuple[Any, Any]], but: tuple[type, ...] = ()) -> None:
    """``pairs`` are (old, new) by the identity of the old. Attributes with and without slots and values of dictionaries are
    swapped; what stands in tuples, in variables of running code, in C, or in objects of the kinds ``but`` stays."""
    if not pairs:
        return
    for holder in gc.get_referrers(*(old for old, _new in pairs.values())):
        if holder is pairs or type(holder) in but:
            continue
        try:
            _swap_in(holder, pairs)
        except Exception:
            continue  # what forbids it keeps it


def _swap_in(holder: Any, pairs: Mapping[int, tuple[Any, Any]]) -> None:
    table = holder if type(holder) is dict else getattr(holder, "__dict__", None)
    if type(table) is dict:
        for key, value in list(table.items()):
            found = pairs.get(id(value))
            if found is not None and found[0] is value:
                table[key] = found[1]
    if table is holder:
        return
    for kind in type(holder).__mro__:
        for member in vars(kind).values():
            if type(member) is MemberDescriptorType:
                found = pairs.get(id(_value(member, holder)))
                if found is not None:
                    member.__set__(holder, found[1])


def _value(member: MemberDescriptorType, holder: Any) -> Any:
    try:
        return member.__get__(holder)
    except AttributeError:
        return None  # a slot that is empty
