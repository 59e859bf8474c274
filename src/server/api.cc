#include "server/api.h"

#include <fmt/format.h>

#include "ledger/document_json.h"
#include "os/free_space.h"
#include "server/metrics.h"

namespace daybook::server {
namespace {

ReadinessFacts look(const ApiContext& context) {
    ReadinessFacts facts{.stats = context.board.stats(),
                         .lag_seconds = context.board.lag_seconds(context.clock.monotonic_ns())};
    if (const Result<std::uint64_t> bytes = os::free_bytes(context.root)) {
        facts.disk_free_bytes = *bytes;
    }
    return facts;
}

HttpResponse livez(const ApiContext& context) {
    const std::string problem = context.pulse.problem(context.clock.monotonic_ns());
    if (problem.empty()) return json_response(200, R"({"status":"alive"})");
    return json_response(
        503, fmt::format(R"({{"status":"stuck","detail":{}}})", ledger::json_string(problem)));
}

HttpResponse readyz(const ApiContext& context) {
    const ReadinessFacts facts = look(context);
    const std::vector<Reason> reasons = reasons_not_ready(facts, context.limits);
    return json_response(reasons.empty() ? 200 : 503, encode_readiness(facts, reasons));
}

// Both of them, for those who ask one question only.
HttpResponse healthz(const ApiContext& context) {
    HttpResponse alive = livez(context);
    return alive.status == 200 ? readyz(context) : alive;
}

HttpResponse metrics(const ApiContext& context) {
    MetricsFacts facts{.readiness = look(context)};
    facts.ready = reasons_not_ready(facts.readiness, context.limits).empty();
    facts.started_at_seconds = static_cast<double>(context.started.value()) / 1000;
    return {.status = 200, .content_type = kMetricsContentType, .body = encode_metrics(facts)};
}

HttpResponse sync(const ApiContext& context) {
    const Stats stats = context.board.stats();
    if (stats.role == Role::kStandby) {
        return problem(503, "this daemon is a standby; the ledger is served by " + stats.holder);
    }
    const Result<SyncAnswer> answer = context.syncs.ask(context.wake);
    if (!answer) return problem(503, answer.error().message());
    context.board.update([](Stats& counted) { ++counted.syncs; });
    return json_response(
        200, fmt::format(R"({{"generation":{},"events":{},"digest":"{}","seconds":{:.6f},)"
                         R"("published":{}}})",
                         answer->generation, answer->events, answer->digest, answer->seconds,
                         answer->published));
}

}  // namespace

Routes make_routes(const ApiContext& context) {
    Routes routes;
    const auto add = [&](const char* method, const char* path,
                         HttpResponse (*answer)(const ApiContext&)) {
        routes.add(method, path,
                   [&context, answer](const HttpRequest&) { return answer(context); });
    };
    add("GET", "/livez", livez);
    add("GET", "/readyz", readyz);
    add("GET", "/healthz", healthz);
    add("GET", "/metrics", metrics);
    add("POST", "/api/v1/sync", sync);
    return routes;
}

}  // namespace daybook::server
