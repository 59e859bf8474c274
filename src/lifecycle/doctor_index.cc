// What the doctor sees through the index (doctor_look.h).

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "archive/log_source.h"
#include "ledger/owner.h"
#include "lifecycle/doctor_look.h"
#include "log/scan.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/process.h"
#include "query/fresh.h"
#include "query/session.h"

namespace daybook::lifecycle {
namespace {

struct Range {
    std::int64_t offset = 0;
    std::int64_t bytes = 0;
};

bool is_locked(const std::string& path) {
    const auto fd = os::open_fd(path, O_RDWR);
    return fd && os::is_locked(fd->get(), path).value_or(false);
}

// How far the snapshot has come in each part.
Status compare_parts(query::Session& session, const log::LogSource& source, IndexFacts& facts) {
    ASSIGN_OR_RETURN(duck::Rows rows, session.query("SELECT part, bytes FROM index_parts"));
    std::map<std::string, std::uint64_t, std::less<>> read;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        read[std::string(rows.get_string(0))] = static_cast<std::uint64_t>(rows.get_int64(1));
    }
    // After the snapshot: what it has is there by now.
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source));
    for (const log::PartInfo& part : parts) {
        const std::string name = log::to_string(part.id);
        const auto known = read.find(name);
        const std::uint64_t bytes = known == read.end() ? 0 : known->second;
        if (bytes > part.size.value()) {
            facts.mismatch = fmt::format("{} has {} bytes, and the index has read {} of it", name,
                                         part.size.value(), bytes);
        } else {
            facts.tail_bytes += part.size.value() - bytes;
        }
        if (known != read.end()) read.erase(known);
    }
    if (!read.empty()) {
        facts.mismatch = fmt::format("{} has gone, and the index has read it", read.begin()->first);
    }
    return {};
}

// By part, what repairs have dealt with.
Result<std::multimap<std::string, Range>> repaired_ranges(query::Session& session) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        session.query("SELECT payload FROM custom_events WHERE event_type = 'ledger.repaired'"));
    std::multimap<std::string, Range> ranges;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return ranges;
        const nlohmann::json payload =
            nlohmann::json::parse(rows.get_string(0), nullptr, /*allow_exceptions=*/false);
        if (!payload.is_object() || !payload.contains("part") || !payload["part"].is_string()) {
            continue;
        }
        const auto number = [&](const char* key) {
            const auto found = payload.find(key);
            return found != payload.end() && found->is_number_integer() ? found->get<std::int64_t>()
                                                                        : 0;
        };
        ranges.emplace(payload["part"].get<std::string>(),
                       Range{number("offset"), number("bytes")});
    }
}

Status count_damage(query::Session& session, IndexFacts& facts) {
    ASSIGN_OR_RETURN(const auto repaired, repaired_ranges(session));
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        session.query("SELECT part, \"offset\", length FROM index_damage ORDER BY ALL"));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return {};
        const std::string part(rows.get_string(0));
        const std::int64_t offset = rows.get_int64(1);
        const std::int64_t end = offset + rows.get_int64(2);
        bool is_known = false;
        const auto [first, last] = repaired.equal_range(part);
        for (auto range = first; range != last; ++range) {
            is_known = is_known || (range->second.offset <= offset &&
                                    end <= range->second.offset + range->second.bytes);
        }
        if (is_known) continue;
        if (facts.damaged++ == 0) facts.first_damage = fmt::format("{} at {}", part, offset);
    }
}

Status judge_runs(query::Session& session, TimestampMs now, IndexFacts& facts) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session.query("SELECT run_id, owner, coalesce(last_event_ms, 0), "
                                   "coalesce(started_at_ms, last_event_ms, 0) FROM "
                                   "runs_status WHERE status = 'running' ORDER BY run_id"));
    const ledger::OwnerJudge judge{
        .self = os::this_process(), .now = now, .heartbeat_ms_max = ledger::kHeartbeatMsMax};
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        ++facts.running;
        ledger::OwnerFacts owner{.last_event = TimestampMs(rows.get_int64(2))};
        if (!rows.is_null(1)) owner.owner = ledger::parse_owner(rows.get_string(1));
        ledger::look_at_owner(owner, judge.self);
        const std::string run_id(rows.get_string(0));
        switch (ledger::judge_owner(owner, judge).state) {
            case ledger::OwnerState::kAlive: break;
            case ledger::OwnerState::kDead: facts.dead.push_back(run_id); break;
            case ledger::OwnerState::kUnknown:
                facts.uncertain.push_back(
                    {run_id, TimestampMs(rows.get_int64(3)), owner.last_event});
        }
    }
    std::stable_sort(
        facts.uncertain.begin(), facts.uncertain.end(),
        [](const auto& one, const auto& other) { return one.last_event < other.last_event; });
    return {};
}

}  // namespace

Result<IndexFacts> look_at_index(const ledger::LedgerDir& dir, const Clock& clock) {
    IndexFacts facts{.has_daemon = is_locked(dir.daemon_lock_path())};
    ASSIGN_OR_RETURN(const std::string snapshot, query::newest_snapshot(dir.root()));
    if (snapshot.empty()) return facts;
    facts.there = true;
    auto session = query::Session::open(dir.root());
    if (!session) {
        if (session.error().code() == ErrorCode::kUnsupported) return fail(session.error());
        facts.mismatch = session.error().message();
        return facts;
    }
    RETURN_IF_ERROR(compare_parts(*session, archive::log_source(dir), facts));
    // With a short tail what it says counts too: a run may have ended there.  With a long one, or
    // one that is not the snapshot's, an index would be built, and this only looks.
    const query::FreshOptions options;
    if (facts.mismatch.empty() && facts.tail_bytes <= options.tail_bytes_max) {
        ASSIGN_OR_RETURN(query::FreshSession fresh, query::open_fresh(dir.root(), options));
        *session = std::move(fresh.session);
    }
    RETURN_IF_ERROR(count_damage(*session, facts));
    RETURN_IF_ERROR(judge_runs(*session, clock.now(), facts));
    return facts;
}

}  // namespace daybook::lifecycle
