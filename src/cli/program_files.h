// The files that a program's run leaves behind: its output, and what matches a pattern.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "cli/kept_output.h"
#include "cli/run_recorder.h"

namespace daybook::cli {

// Writes what was kept of a stream to `directory`/`type`.log and records it as an artifact of that
// type; nothing to do if the program wrote nothing there.
Status keep_output(RunRecorder& recorder, const std::string& directory, std::string_view type,
                   const KeptOutput& kept);

// Records the files that match, as artifacts of the type "file"; with `copy`, copies of them that
// are kept in the ledger.  A pattern without a match, and a
// file that was last written before the run began, are worth a remark: the program may have failed
// to write it.
void keep_matching(RunRecorder& recorder, const std::vector<std::string>& patterns, bool copy,
                   TimestampMs begun, RunNotes& notes);

// Records one file.
Status keep_file(RunRecorder& recorder, const std::string& path, std::string_view type);
// The same of a copy that is kept in the ledger (ledger/object_store.h).
Status keep_copy(RunRecorder& recorder, const std::string& path, std::string_view type);

}  // namespace daybook::cli
