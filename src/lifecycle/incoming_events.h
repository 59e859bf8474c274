// Events that come from elsewhere into a ledger: each once, with its id, its time and its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/calendar.h"
#include "base/result.h"
#include "json/envelope.h"
#include "ledger/event_log.h"
#include "lifecycle/known_ids.h"
#include "lifecycle/wanted_ids.h"
#include "log/log_source.h"

namespace daybook::lifecycle {

// Whether an event of so many bytes, without trailer and closing brace, fits into a line.
bool fits_line(std::string_view body);

// How many single things a report lists; all are counted.
inline constexpr std::size_t kListedMax = 100;

struct IncomingReport {
    std::uint64_t events = 0;   // that came
    std::uint64_t written = 0;  // or would be, in a dry run
    std::uint64_t known = 0;    // the ledger has them already
    std::uint64_t bytes = 0;    // of those that were written, without their trailers
    // The ledger has another event under their ids: not written.
    std::uint64_t changed = 0;
    std::vector<std::string> changed_ids{};  // the first of them
    std::optional<Day> first_day{};          // of all that came
    std::optional<Day> last_day{};
};

// Not thread-safe.  The caller keeps other importers of the ledger away.
class IncomingEvents {
public:
    // `own` is the ledger's log, for asking what is there; `log` appends to it (null: nothing is
    // written) and outlives this.
    // `before_append` is called before events are appended, for what has to be there first.
    IncomingEvents(log::LogSource own, ledger::EventLog* log,
                   std::function<Status()> before_append = {})
        : known_(std::move(own)), log_(log), before_append_(std::move(before_append)) {}

    // From now on it is asked, and not the days of the log.  Outlives this.
    void ask(WantedIds* wanted) { wanted_ = wanted; }

    // Whether the ledger has the event.
    Result<bool> has(std::string_view event_id, TimestampMs timestamp);

    // An event: its bytes without trailer and closing brace, checked, and what they say.  It is
    // appended now or with later ones, or not at all if the ledger has it.  kLimit: it fits into no
    // line.
    Status take(std::string_view body, const json::Envelope& event);
    // Appends what waits.
    Status flush();

    const IncomingReport& report() const { return report_; }

private:
    struct Waiting {
        std::size_t end = 0;  // in text_
        TimestampMs timestamp;
    };

    Status know_day(Day day);
    // The content of the event, if the ledger has it; else nullopt, and now it has.
    Result<std::optional<std::uint64_t>> insert(Day day, std::string_view event_id,
                                                std::uint64_t content);

    KnownIds known_;
    WantedIds* wanted_ = nullptr;
    ledger::EventLog* log_;
    std::function<Status()> before_append_;
    IncomingReport report_{};
    std::string text_{};
    std::vector<Waiting> waiting_{};
    std::vector<log::Draft> drafts_{};
};

}  // namespace daybook::lifecycle
