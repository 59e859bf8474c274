// The daemon's HTTP API: which path says what.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.h"
#include "server/board.h"
#include "server/readiness.h"
#include "server/routes.h"

namespace daybook::server {

// What the API looks at; it must outlive the routes.
struct ApiContext {
    std::string root{};
    Board& board;
    Pulse& pulse;
    SyncDesk& syncs;
    ReadinessLimits limits{};
    TimestampMs started{};
    // Makes the loop look whether somebody waits.
    std::function<void()> wake{};
    const Clock& clock;
};

// /livez /readyz /healthz /metrics and POST /api/v1/sync.
Routes make_routes(const ApiContext& context);

}  // namespace daybook::server
