// What today's code makes of a ledger, as text to compare with what was recorded beside it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace daybook::formats {

// A recorded ledger, tests/formats/golden/<name>/:
//     ledger/        the ledger
//     events.txt     record_events() of it when it was made
//     findings.txt   record_findings() of it when it was made
//     index.txt      record_index() of it, recorded again when the tables change
struct Golden {
    std::string name;  // "format-1"
    std::string dir;

    std::string ledger() const { return dir + "/ledger"; }
    std::string file(const std::string& record) const { return dir + "/" + record; }
};
std::string golden_root();
std::vector<Golden> list_goldens();

// Every line of every part, one a line: part, offset, length, verdict, what the trailer says, the
// event's id, type, time and run.
Result<std::string> record_events(const std::string& root);
// What `daybook verify` finds, one a line: kind, part, offset, length, whether it is a problem.
Result<std::string> record_findings(const std::string& root);
// Builds the index of a copy of the ledger: what building counts, the digest, and every row.
Result<std::string> record_index(const std::string& root);

}  // namespace daybook::formats
