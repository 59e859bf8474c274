#include "archive/log_source.h"

namespace daybook::archive {

log::LogSource log_source(const ledger::LedgerDir& dir) { return dir.layout(); }

}  // namespace daybook::archive
