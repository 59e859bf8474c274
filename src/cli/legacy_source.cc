// Where runs come from that the log does not have: the files attached to the ledger.

#include "cli/index_session.h"
#include "legacy/attached_sources.h"

namespace daybook::cli {

query::ExtraSource* extra_source() {
    // It keeps nothing, and lives as long as the program.
    static legacy::AttachedSources sources;
    return &sources;
}

}  // namespace daybook::cli
