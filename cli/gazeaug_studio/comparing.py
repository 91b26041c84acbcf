"""The addresses of comparing: what answers them is imported with the first request, since HDF5 takes its time."""

from __future__ import annotations

from starlette.routing import Route

from gazeaug_studio.bodies import with_body
from gazeaug_studio.eyes import of

ROUTES = [
    Route("/api/compare/pair", of("compared", "pair")),
    Route("/api/compare/rows", of("compared", "rows")),
    Route("/api/compare/fitted", of("compared", "fitted")),
    Route("/api/compare/labels", of("compared", "labels")),
    Route("/api/compare/drift", of("compared", "drift")),
    Route("/api/compare/change", with_body(of("compared", "start_change")), methods=["POST"]),
    Route("/api/compare/change", of("compared", "change"), methods=["GET"]),
    Route("/api/compare/change/stop", with_body(of("compared", "stop_change")), methods=["POST"]),
    Route("/api/compare/change/values", of("compared", "change_values")),
]
