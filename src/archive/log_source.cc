#include "archive/log_source.h"

namespace daybook::archive {

std::shared_ptr<const log::ArchivedParts> archived_parts(const ledger::LedgerDir&) {
    return nullptr;
}

log::LogSource log_source(const ledger::LedgerDir& dir) {
    return {dir.layout(), archived_parts(dir)};
}

}  // namespace daybook::archive
