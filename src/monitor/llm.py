"""The only door to a language model: one question out, one answer in. Needs the extra ``llm`` and a model in the settings.

Any server that speaks OpenAI's chat completions serves, also one on this machine (``llm.base_url``). The temperature is 0.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from .assistance import Question, SlotAnswer
from .errors import ModelError, SettingsError
from .settings import LlmSettings


def ask_model(settings: LlmSettings, question: Question) -> SlotAnswer:
    """The answer to a question. Raises ModelError where there is none that can be read, SettingsError without the extra."""
    with ThreadPoolExecutor(1) as apart:  # the caller may be inside a running loop
        return apart.submit(lambda: asyncio.run(_ask(settings, question))).result()


async def _ask(settings: LlmSettings, question: Question) -> SlotAnswer:
    try:
        from openai import AsyncOpenAI
        from pydantic_ai import Agent, PromptedOutput
        from pydantic_ai.exceptions import AgentRunError, UserError
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider
    except ImportError as error:
        raise SettingsError(
            "is set, but the extra is not installed", subject="llm.model", way_out='pip install "ceasefire-monitor[llm]"'
        ) from error
    key = settings.api_key.get_secret_value() if settings.api_key else "none"
    try:
        async with (
            AsyncOpenAI(base_url=settings.base_url or None, api_key=key) as client,
            asyncio.timeout(settings.timeout_seconds),
        ):
            model = OpenAIChatModel(settings.model, provider=OpenAIProvider(openai_client=client))
            agent = Agent(model, output_type=PromptedOutput(SlotAnswer), retries=1)
            answered = await agent.run(question.text, model_settings={"temperature": 0.0})
    except (AgentRunError, UserError, TimeoutError) as error:
        raise ModelError(
            f"gave no answer: {type(error).__name__}", subject=settings.model, way_out="The next run asks again."
        ) from error
    return answered.output
