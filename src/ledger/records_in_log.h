// Which of the records that were found where no reader looks are in the log all the same.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "ledger/copies.h"
#include "ledger/repair_look.h"
#include "log/line.h"
#include "log/log_source.h"

namespace daybook::ledger {

class RecordsInLog {
public:
    // Those of `facts`; `parts` are the parts as they were read first: up to their ends the log is
    // believed.  Both must live as long.
    RecordsInLog(RepairFacts& facts, const std::vector<IdPart>& parts);

    // An event of the log.
    void see(const log::PartId& part, const log::Line& line, std::string_view event_id);
    // Reads those parts again whose ids may be wanted, but for `seen`: all their events were.
    // `step` is asked now and then; its error ends it.
    Status read_others(const log::LogSource& source, const std::set<log::PartId>& seen,
                       const std::function<Status()>& step);
    // Sets `in_log` of all the records; of a record that was found twice it is set of the second.
    void mark();

private:
    RepairFacts& facts_;
    const std::vector<IdPart>& parts_;
    std::map<log::PartId, ByteOffset> ends_;
    std::set<std::string, std::less<>> wanted_;
    std::unordered_set<std::string> there_;
};

}  // namespace daybook::ledger
