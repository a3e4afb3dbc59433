"""Letters of a print run for the post: one for each addressee, before what they receive.

An addressee is an envelope: those of a pupil who live in the same home share one, and so do all the papers that one
keeper has to sign, whatever their loans. A paper that two addressees have to sign comes out for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from materiel.documents.facts import Facts
from materiel.documents.kinds.cover_letter import CoverLetterFacts
from materiel.documents.pdf.letter import fits_window
from materiel.documents.run.unposted import NoLetter, Unposted
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import check_complete
from materiel.domain.address import Address
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import enumeration, long_date
from materiel.domain.papers.cover_letter import CoverLetterKind
from materiel.domain.papers.printing import PaperPile, PrintedPaper
from materiel.domain.people.death import is_silenced
from materiel.domain.signing.electronic_signature import awaited_of_family
from materiel.domain.visitors.institution import awaited_of_depositary
from materiel.use_cases.desk.addressee import LetterRecipient, enclosed, letter_facts, recipients_of, window
from materiel.use_cases.loan.case import Case, load_cases
from materiel.use_cases.papers.print_run import PostedLetter, PrintRun

AT_ONCE = 50
"""Papers whose loans are read together."""

_Key = tuple[str | UUID | None, Address]


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What one addressee receives, in the order of the run; `pile` is that of the first paper."""

    pile: int
    to: str
    lines: tuple[str, ...]
    facts: Facts
    to_institution: bool
    papers: list[PrintedPaper] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addressee:
    """Those who receive one envelope about a loan; `why` when they receive none."""

    key: _Key | None
    name: str
    lines: tuple[str, ...]
    to_institution: bool
    papers: frozenset[UUID]
    why: NoLetter | None


def check_posting(run: PrintRun, letters_by: date, actor: Actor) -> None:
    """Refuse letters that would not be written, before a file or a job is made for them.

    Raises:
        PermissionDenied: the actor only reads.
        RuleBroken: `letter.invalid`, the day is not to come; `service.incomplete`.
    """
    actor.require(Permission.WRITE)
    check_complete(run.service)
    fields = Fields("letter.invalid")
    if letters_by <= run.day:
        fields.add("/letters_by", "Indiquez un jour à venir.")
    fields.check()


async def with_letters(run: PrintRun, letters_by: date, *, actor: Actor) -> PrintRun:
    """The same run, each letter before what its addressee receives; what nobody signs by post stays at its place."""
    sorting = _Sorting(run)
    papers = [(rank, paper) for rank, pile in enumerate(run.piles) for paper in pile.papers]
    for start in range(0, len(papers), AT_ONCE):
        some = papers[start : start + AT_ONCE]
        # Neither the loans nor the words of their papers are ever all held together.
        read = await load_cases(list(dict.fromkeys(paper.loan_id for _, paper in some)), actor)
        known = {case.loan.id: (case, tuple(_addressees(case, run.day))) for case in read}
        for rank, paper in some:
            sorting.sort(rank, paper, *known[paper.loan_id])
    return sorting.sorted_run(long_date(letters_by))


class _Sorting:
    """Envelopes under way: each paper goes into those of its addressees, else stays alone in its pile."""

    def __init__(self, run: PrintRun) -> None:
        self._run = run
        self._envelopes: dict[_Key, _Envelope] = {}
        self._piles: list[list[_Envelope | PrintedPaper]] = [[] for _ in run.piles]
        self._unposted: dict[tuple[str, NoLetter], list[str]] = {}

    def sort(self, rank: int, paper: PrintedPaper, case: Case, addressees: tuple[_Addressee, ...]) -> None:
        """Put a paper of the pile of this rank where it goes."""
        concerned = [each for each in addressees if paper.id in each.papers]
        for each in concerned:
            if each.key is not None:
                self._envelope(rank, each.key, each, case).papers.append(
                    replace(paper, aids=()) if each.to_institution else paper
                )
            elif each.why is not None:
                self._unposted.setdefault((each.name, each.why), []).append(paper.number)
        if not concerned or any(each.key is None for each in concerned):
            self._piles[rank].append(paper)

    def _envelope(self, rank: int, key: _Key, to: _Addressee, case: Case) -> _Envelope:
        if key not in self._envelopes:
            facts = letter_facts(case, to_institution=to.to_institution, on=self._run.day)
            self._envelopes[key] = _Envelope(rank, to.name, to.lines, facts, to.to_institution)
            self._piles[rank].append(self._envelopes[key])
        return self._envelopes[key]

    def sorted_run(self, answer_by: str) -> PrintRun:
        """The run with its letters; a pile whose papers all went elsewhere is no more."""
        piles: list[PaperPile] = []
        letters: list[dict[int, PostedLetter]] = []
        for pile, content in zip(self._run.piles, self._piles, strict=True):
            papers: list[PrintedPaper] = []
            before: dict[int, PostedLetter] = {}
            named: dict[int, str] = {}
            for each in content:
                if isinstance(each, _Envelope):
                    before[len(papers)], named[len(papers)] = _letter(each, answer_by), each.to
                papers += each.papers if isinstance(each, _Envelope) else [each]
            if papers:
                piles.append(replace(pile, papers=papers, letters=named))
                letters.append(before)
        unposted = [Unposted(name, why, tuple(numbers)) for (name, why), numbers in self._unposted.items()]
        return replace(self._run, piles=piles, letters=letters, unposted=unposted)


def _addressees(case: Case, today: date) -> Iterator[_Addressee]:
    """Who has papers of a loan to sign: those of one home together."""
    if is_silenced(case.pupil) and case.pupil is not None:
        papers = frozenset(each.id for each in case.documents if awaited_of_family(each) or awaited_of_depositary(each))
        yield _Addressee(
            key=None, name=case.pupil.full_name, lines=(), to_institution=False, papers=papers, why=NoLetter.DECEASED
        )
        return
    homes: dict[_Key, list[LetterRecipient]] = {}
    for each in recipients_of(case, today):
        if not each.awaited:
            continue
        if not each.lines or each.address is None:
            yield _addressee(None, [each], (), NoLetter.NO_ADDRESS)
        else:
            whose = each.name if each.is_institution else case.loan.pupil_id
            homes.setdefault((whose, each.address), []).append(each)
    for key, people in homes.items():
        first = people[0]
        lines = first.lines if len(people) == 1 else window(_names(people), "", first.address)
        fits = fits_window(lines)
        yield _addressee(key if fits else None, people, lines, None if fits else NoLetter.TOO_LONG)


def _addressee(
    key: _Key | None, people: list[LetterRecipient], lines: tuple[str, ...], why: NoLetter | None
) -> _Addressee:
    return _Addressee(
        key=key,
        name=_names(people),
        lines=lines,
        to_institution=people[0].is_institution,
        papers=frozenset(paper.id for each in people for paper in each.awaited),
        why=why,
    )


def _names(people: list[LetterRecipient]) -> str:
    return enumeration([each.name for each in people])


def _letter(envelope: _Envelope, answer_by: str) -> PostedLetter:
    loans = frozenset(paper.loan_id for paper in envelope.papers)
    whom = "institution" if envelope.to_institution else "family"
    letter = CoverLetterFacts(
        kind=CoverLetterKind.SENDING,
        recipient=envelope.lines,
        sections=frozenset({f"to_{whom}", "asked", "end"}),
        lines=tuple(enclosed(paper, paper.announced) for paper in envelope.papers),
        values={"back_by": answer_by},
    )
    # The reference is that of an agreement: about several loans, each paper is listed with its own.
    facts = envelope.facts if len(loans) == 1 else replace(envelope.facts, agreement_number="")
    return PostedLetter(facts=facts, letter=letter, loans=loans)
