"""`python -m notify.telling_table`: who is told what, as the README shows it; a test compares the two."""

from chassis.catalogue import Texts
from chassis.rulebook import Rulebook
from notify.domain.telling import TABLE, Standing

BEGIN, END = "<!-- telling -->", "<!-- /telling -->"
_HEADS = ("event", "notice", *(str(each).replace("_", " ") for each in Standing), "channels", "can be muted")


def drawn() -> str:
    """The table as Markdown between its markers, with the channels of the newest rule."""
    texts = Texts("chassis", "contracts", "notify")
    channels = Rulebook.of("notify").rules["notify.channel.by_kind"].entries[-1].value
    rows = [
        (
            f"`{rule.event.key}`",
            f"{texts.say(rule.text, 'en', 'title')} · {texts.say(rule.text, 'ar', 'title')}",
            *("●" if each in rule.to else "" for each in Standing),
            ", ".join(channels[rule.kind]),
            "" if rule.critical else "yes",
        )
        for rule in TABLE
    ]
    lines = (f"| {' | '.join(row)} |" for row in (_HEADS, tuple("---" for _ in _HEADS), *rows))
    return "\n".join((BEGIN, *lines, END))


if __name__ == "__main__":
    print(drawn())
