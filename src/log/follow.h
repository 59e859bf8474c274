// Following a log as it grows: every whole line once, as soon as it is there.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "base/result.h"
#include "log/layout.h"
#include "log/line.h"
#include "log/log_source.h"
#include "log/scan.h"

namespace daybook::log {

// Takes no lock and waits for nothing: whoever follows calls poll() when it likes.  Not
// thread-safe.
class Follower {
public:
    enum class Start {
        kBeginning,  // every line there is, then every new one
        kEnd,        // only lines that come after open()
    };
    static Result<Follower> open(const LogSource& source, Start start);

    // Calls `on_line` for every whole line that has come since the last call, part by part.  The
    // line is valid during the call.  Stops early, without losing its place, if `on_line` returns
    // false.
    Status poll(const std::function<bool(const PartId&, const Line&)>& on_line);

private:
    explicit Follower(const LogSource& source) : source_(source) {}

    LogSource source_;
    // Where each part is read on from.  Parts are opened only while something new in them is read:
    // a ledger may have more parts than a process may have open files.
    std::map<PartId, ByteOffset> offsets_;
};

}  // namespace daybook::log
