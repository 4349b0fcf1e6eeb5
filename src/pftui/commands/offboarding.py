"""`pftui users offboard`: somebody has left."""

from __future__ import annotations

from pftui.commands import output
from pftui.commands.failures import notify
from pftui.commands.reading import ask_line, confirm, is_interactive, require_consent
from pftui.commands.session import Session, signed_in
from pftui.commands.settings import Settings
from pftui.domain.accounts import Kind
from pftui.domain.clock import utc_now
from pftui.domain.errors import InvalidInput, PftuiError, WrongUsage
from pftui.domain.names import clean_reason
from pftui.domain.offboarding import Fate, KeyChoice, Leaver, LeftKey, Offboarded
from pftui.presentation import shapes
from pftui.presentation.offboarding import ends, key_words, listed, outcome, report, were_shown
from pftui.presentation.text import counted, visible


def list_what_is_left(settings: Settings, reference: str) -> None:
    """What a person leaves behind; nothing is touched."""
    with signed_in(settings) as session:
        _print_leaver(settings, _leaver(session, reference))


def offboard(settings: Settings, reference: str, fate: Fate | None, reason: str | None) -> None:
    """Disable a person, decide on each key that they were shown, and print the report.

    Raises:
        WrongUsage: keys are to be kept without a reason, or there is nobody to ask; nothing was touched.
        PftuiError: nobody said what becomes of the keys; or not all is as it should be afterwards.
    """
    reason = clean_reason(reason or "", needed=False)
    if fate is Fate.KEEP and not reason:
        raise WrongUsage("Keys that are kept need a --reason, which the audit trail keeps.")
    require_consent(settings)
    with signed_in(settings) as session:
        leaver = _leaver(session, reference)
        if fate is not None:
            choices = {left.key.key_id: KeyChoice(fate, reason) for left in leaver.keys}
        else:
            choices = _decide(settings, leaver, reason)
        _confirm(settings, leaver, choices)
        done = session.services.offboarding.offboard(
            session.operator, leaver.account.summary.id, choices, reason
        )
        _print_report(settings, done, session.services.organization.name)


def _leaver(session: Session, reference: str) -> Leaver:
    services, operator = session
    return services.offboarding.look(operator, services.accounts.find(operator, reference, Kind.USER).id)


def _decide(settings: Settings, leaver: Leaver, reason: str) -> dict[str, KeyChoice]:
    """What becomes of each key: asked for one by one."""
    if not leaver.keys:
        return {}
    if not is_interactive():
        _print_leaver(settings, leaver)
        keys = counted(len(leaver.keys), "live key")
        raise PftuiError(
            f"Nothing was changed: say what becomes of {keys}, by --keys revoke, or by "
            "--keys keep --reason TEXT."
        )
    for line in listed(leaver, utc_now()):
        notify(line)
    return {left.key.key_id: _asked(left, reason) for left in leaver.keys}


def _asked(left: LeftKey, reason: str) -> KeyChoice:
    question = f"{visible(key_words(left, utc_now()))}. Revoke or keep it? [r/k] "
    while (answer := _answer(question).lower()) not in ("r", "revoke", "k", "keep"):
        notify("r revokes it, k keeps it; ctrl+c leaves all as it is.")
    if answer.startswith("r"):
        return KeyChoice(Fate.REVOKE, reason)
    while True:
        default = f" [{visible(reason)}]" if reason else ""
        try:
            return KeyChoice(Fate.KEEP, _answer(f"Why is it kept?{default} ") or reason).cleaned()
        except InvalidInput as problem:
            notify(problem.message)


def _answer(question: str) -> str:
    answer = ask_line(question)
    if answer is None:
        raise PftuiError("Nothing was changed.")
    return answer


def _confirm(settings: Settings, leaver: Leaver, choices: dict[str, KeyChoice]) -> None:
    summary, count = leaver.account.summary, len(leaver.keys)
    revoked = sum(1 for choice in choices.values() if choice.fate is Fate.REVOKE)
    keys = f"Of {counted(count, 'key')}, {revoked:,} stop{'s' if revoked == 1 else ''} working now, for good."
    confirm(
        settings,
        f"Offboarding {summary.name} ({leaver.account.email}).",
        (*ends(leaver), *were_shown(leaver, utc_now()), *((keys,) if count else ())),
        name=summary.name,
    )


def _print_leaver(settings: Settings, leaver: Leaver) -> None:
    if settings.json:
        output.json_object(shapes.leaver(leaver))
        return
    for line in listed(leaver, utc_now()):
        output.line(line)


def _print_report(settings: Settings, done: Offboarded, organization: str) -> None:
    if settings.json:
        output.json_object(shapes.offboarded(done))
    else:
        for line in report(done, organization):
            output.line(line.text)
    if not done.over:
        raise PftuiError(outcome(done))
    notify(outcome(done))
