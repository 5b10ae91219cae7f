"""A steady load on what KEDA serves: the external metrics API and the webhooks, both through the API server."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.cluster import scaling
from tests.cluster.admission import CRON
from tests.cluster.harness.api import ApiError
from tests.cluster.probes import external_metric
from tests.cluster.targets import Target
from tests.cluster.waiting import until

METRICS, WEBHOOKS = "metrics", "webhooks"
# Requests a second.
RATES = {METRICS: 10.0, WEBHOOKS: 4.0}
NAME = "load"
_SECONDS_TO_FIRST_METRIC = 60
# A request that waits longer is not served.
_SECONDS_TO_WAIT = 2
# A request that hangs holds a thread until the API server gives up.
_THREADS = 1000


@dataclass(frozen=True)
class Sample:
    """One request: when it was sent, in seconds since the load began, how long it took, and what was wrong, "" if nothing.

    ``late``: seconds after the moment at which it should have been sent; a machine that is too busy measures itself.
    """

    api: str
    sent: float
    seconds: float
    error: str
    late: float = 0.0


class Load:
    """Requests at fixed rates between ``__enter__`` and ``__exit__``, whether earlier ones have been answered or not.

    The webhooks must have ``failurePolicy: Fail``, otherwise their absence goes unnoticed.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._over = threading.Event()
        self._samples: list[Sample] = []
        self._waiting: set[float] = set()
        self._began = 0.0
        self._metric = ""
        self._requests = {METRICS: self._read_metric, WEBHOOKS: self._ask_webhook}

    def __enter__(self) -> Self:
        # Of an earlier load: applied anew it would get another time of day, and with it another metric, a moment later.
        self._target.kubectl("delete", "scaledobject", NAME, f"--namespace={scaling.NAMESPACE}", "--ignore-not-found")
        self._target.apply([scaling.deployment(NAME), scaling.by_clock(NAME, 2)])
        until(self._find_metric, _SECONDS_TO_FIRST_METRIC, "the external metrics API answers")
        until(self._ask_webhook, _SECONDS_TO_FIRST_METRIC, "the webhooks answer")
        self._began = time.monotonic()
        self._pool = ThreadPoolExecutor(_THREADS)
        self._clocks = [threading.Thread(target=self._tick, args=(api,)) for api in self._requests]
        for clock in self._clocks:
            clock.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for clock in self._clocks:
            clock.join()
        self._pool.shutdown()

    @property
    def now(self) -> float:
        """Seconds since the load began."""
        return time.monotonic() - self._began

    def samples(self) -> list[Sample]:
        """Every request that has been answered, in the order in which they were sent."""
        return sorted(self._samples, key=lambda sample: sample.sent)

    def calm_for(self, seconds: float) -> bool:
        """Whether all requests of the last ``seconds`` have succeeded, and none waits for its answer."""
        since = self.now - seconds
        if any(self.now - sent > _SECONDS_TO_WAIT for sent in list(self._waiting)):
            return False
        recent = [sample for sample in list(self._samples) if sample.sent + sample.seconds >= since]
        return since > 0 and all(
            any(sample.api == api and not sample.error for sample in recent)
            and not any(sample.api == api and sample.error for sample in recent)
            for api in RATES
        )

    def _tick(self, api: str) -> None:
        due = self._began
        while not self._over.wait(max(0.0, due - time.monotonic())):
            self._pool.submit(self._send, api, self._requests[api], due)
            due += 1 / RATES[api]

    def _send(self, api: str, request: Callable[[], None], due: float) -> None:
        sent = self.now
        late = sent + self._began - due
        self._waiting.add(sent)
        error = ""
        try:
            request()
        except (ApiError, OSError, http.client.HTTPException) as failure:
            error = str(failure) or type(failure).__name__
        self._samples.append(Sample(api, sent, self.now - sent, error, late))
        self._waiting.discard(sent)

    def _find_metric(self) -> None:
        self._metric = scaling.metric_name(self._target, NAME)
        self._read_metric()

    def _read_metric(self) -> None:
        external_metric(self._target, scaling.NAMESPACE, NAME, self._metric)

    def _ask_webhook(self) -> None:
        collection = f"/apis/keda.sh/v1alpha1/namespaces/{scaling.NAMESPACE}/scaledobjects"
        asked = {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {"generateName": "question-"},
            "spec": {"scaleTargetRef": {"name": "question"}, "triggers": [CRON]},
        }
        self._target.create(f"{collection}?dryRun=All", asked)
