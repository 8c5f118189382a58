"""Ask a model about what the rules left open, where one is configured; each question once, whatever is run again."""

from ..assistance import PROMPT, Question, ask_about, completed, verified
from ..errors import ModelError
from ..events import EventData, MentionDetected, MentionResolved, ModelAnswered, ModelFailed, ProposalOpened
from ..llm import ask_model
from ..proposals import METHOD, Ledger
from .shared import Pipeline


def assist(pipeline: Pipeline) -> None:
    """Fill empty slots of open mentions, and link those that then mean a known proposal. A model opens none."""
    settings = pipeline.settings.llm
    if not settings.model:
        return
    with pipeline.warehouse() as live:
        open_ones = live.read.open_mentions(pipeline.topic, pipeline.settings.batch)
        questions = [(mention, text, ask_about(mention, text, pipeline.profile)) for mention, text in open_ones]
        answers = live.read.model_answers(settings.model, [question.sha256 for _, _, question in questions])
        entries = live.read.ledger(pipeline.topic) if questions else []
    ledger, asked = Ledger(pipeline.profile, entries), 0
    for number, (mention, text, question) in enumerate(questions, start=1):
        events: list[EventData] = []
        answer = answers.get((question.sha256, question.body_sha256))
        if answer is None:
            if asked >= settings.at_most:
                continue
            asked += 1
            told = _answered(pipeline, mention, text, question)
            events.append(told)
            answer = told if isinstance(told, ModelAnswered) else None
        if answer is not None:
            answers[question.sha256, question.body_sha256] = answer
            events += _linked(pipeline, ledger, mention, answer)
        pipeline.progress("asking the model", number, len(questions))
        if events:  # at once: what was paid for is kept, whatever happens next
            with pipeline.warehouse() as live:
                pipeline.append(live, pipeline.wrap(events))


def _answered(pipeline: Pipeline, mention: MentionDetected, text: str, question: Question) -> ModelAnswered | ModelFailed:
    model, now = pipeline.settings.llm.model, pipeline.clock()
    about = {
        "article_id": mention.article_id,
        "mention_id": mention.mention_id,
        "body_sha256": mention.body_sha256,
        "model": model,
        "prompt": PROMPT,
        "prompt_sha256": question.sha256,
    }
    pipeline.release()
    try:
        answer = ask_model(pipeline.settings.llm, question)
    except ModelError as error:
        return ModelFailed.model_validate({**about, "reason": error.message, "failed_at": now})
    proposers, readings, dropped = verified(answer, mention, text, pipeline.profile)
    found = {"proposers": proposers, "readings": readings, "dropped": dropped, "answered_at": now}
    return ModelAnswered.model_validate({**about, **found})


def _linked(pipeline: Pipeline, ledger: Ledger, mention: MentionDetected, answer: ModelAnswered) -> list[EventData]:
    """What the ledger makes of the completed mention, where that is a known proposal."""
    if not answer.proposers and not answer.readings:
        return []
    asked = completed(mention, answer.proposers, answer.readings)
    events = ledger.resolve(asked, at=pipeline.clock())
    for event in events:
        if isinstance(event, ProposalOpened):  # it stays open, and what comes after must not be linked to it
            del ledger.entries[event.proposal_id]
    decided = [event for event in events if isinstance(event, MentionResolved)]
    method = f"{METHOD}:{pipeline.profile.digest[:12]}+{answer.model}:{PROMPT}"
    return [event.model_copy(update={"method": method}) for event in decided if event.outcome == "known"]
