"""Texts hold µ; a stream that cannot gets ASCII instead of an error."""

import io

from clientprof.cli.console.plain_streams import write_what_it_can


def test_a_stream_of_ascii_gets_the_closest_characters_and_one_of_unicode_all_of_them() -> None:
    text = "1,540\u00a0\u00b5s \u2013 \u2265 3 \u4e2d\n"
    for encoding, written in (("ascii", b"1,540 us - >= 3 ?\n"), ("utf-8", text.encode())):
        buffer = io.BytesIO()
        stream = io.TextIOWrapper(buffer, encoding=encoding, newline="")
        write_what_it_can(stream, None)
        stream.write(text)
        stream.flush()
        assert buffer.getvalue() == written
