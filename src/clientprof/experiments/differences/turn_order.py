"""In which order the arms of a block take their turns."""

import random


def turn_order(arms: int, turns: int, generator: random.Random) -> list[list[int]]:
    """A random permutation of the arms for every other turn, and its mirror image for the turn after it."""
    order: list[list[int]] = []
    while len(order) < turns:
        turn = list(range(arms))
        generator.shuffle(turn)
        order += [turn, turn[::-1]]
    return order[:turns]
