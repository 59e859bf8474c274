#include "archive/log_source.h"

#include "archive/archive_reader.h"

namespace daybook::archive {

std::shared_ptr<const log::ArchivedParts> archived_parts(const ledger::LedgerDir& dir) {
    return std::make_shared<const ArchiveReader>(dir);
}

log::LogSource log_source(const ledger::LedgerDir& dir) {
    return {dir.layout(), archived_parts(dir)};
}

}  // namespace daybook::archive
