"""Code that is measured before it is released: a working tree, a commit, a folder, a wheel, an sdist.

The way of a source: ``asked`` reads what the user wrote; ``resolve`` looks it up and gives its content an identity, by
``repository`` where it lies in git; ``builds`` finds its wheels or has them made by ``copies``, ``projects`` and ``wheels``,
once for each content. Git is used by its command line: the libraries lack what is needed here (an index and objects beside
the repository's own, so that uncommitted changes get their tree's name and nothing is written into the source), and who has
a repository has git.
"""
