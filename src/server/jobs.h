// The long work of a daemon, each piece a function that is run by its worker: what it needs comes
// in, what it has found goes out, and what happens on the way is noted on the board.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "index/builder.h"
#include "query/extra_source.h"
#include "server/board.h"
#include "server/daemon_log.h"
#include "server/interruptions.h"

namespace daybook::server {

struct JobContext {
    const std::string& root;
    Board& board;
    Pulse& pulse;
    const DaemonLog& log;
    const Clock& clock;
    query::ExtraSource* extra = nullptr;  // null: there is none
    // The daemon stops: give up.
    const std::atomic<bool>& cancelled;
};

// The indexes that are published beside the log's; unset: not known.
using Sources = std::optional<std::vector<index::ExtraIndex>>;

// Brings the index up to date, and notes what that came to.  `sources` unset: they stay as they
// are.
Result<index::BuildReport> run_build(const JobContext& context, const Sources& sources = {});

// Has old files looked at, and their indexes brought up to date.  Unset: that went wrong.  What is
// out of the ordinary is logged where it is other than `told`, which is what was last logged.
Sources find_sources(const JobContext& context, query::Effort effort, std::string& told);

// Damage in the log that no repair has dealt with, as the newest snapshot knows it.
Status look_at_damage(const JobContext& context);

// Seals what is due.
Status run_sealer(const JobContext& context);

// Brings the index up to date, looks at the running runs again, and records those of `suspects`,
// whose owners were dead before, that still run; all that run come back.  An owner who has died
// meanwhile may have ended his run behind what has been read: he is judged the next time.
Result<std::vector<RunningRun>> run_interruptions(const JobContext& context,
                                                  const Attempts& suspects,
                                                  const HeartbeatRuns& heartbeats,
                                                  std::int64_t heartbeat_ms_max, Attempts& done);

}  // namespace daybook::server
