#include "lifecycle/missing_parts.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "archive/log_source.h"
#include "ledger/seal_chain.h"
#include "log/log_source.h"

namespace daybook::lifecycle {

Result<std::vector<log::PartId>> missing_parts(const ledger::LedgerDir& dir) {
    // Before the parts: those that have a seal by now are looked for.
    ASSIGN_OR_RETURN(const ledger::SealFiles seals, ledger::read_seals(dir.layout()));
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts,
                     log::list_parts(archive::log_source(dir)));
    std::set<log::PartId> there;
    for (const log::PartInfo& part : parts) there.insert(part.id);
    std::vector<log::PartId> missing;
    const auto look_for = [&](const log::PartId& part) {
        if (!there.contains(part)) missing.push_back(part);
    };
    for (const ledger::StoredSeal& seal : seals.seals) look_for(seal.part);
    for (const ledger::UnreadableSeal& seal : seals.unreadable) look_for(seal.part);
    std::sort(missing.begin(), missing.end());
    return missing;
}

Status check_all_parts(const ledger::LedgerDir& dir, std::string_view attempt) {
    ASSIGN_OR_RETURN(const std::vector<log::PartId> missing, missing_parts(dir));
    if (missing.empty()) return {};
    return fail(ErrorCode::kIo,
                "{}: {}: nothing was changed, since what is missing may name what would go; is all "
                "of {} mounted and copied? 'daybook verify' says all that is missing",
                attempt, to_text(missing), dir.root());
}

std::string to_text(const std::vector<log::PartId>& missing) {
    const std::string first = log::to_string(missing.front());
    if (missing.size() == 1) return first + " was sealed and is not there";
    return fmt::format("{} and {} more part{} were sealed and are not there", first,
                       missing.size() - 1, missing.size() == 2 ? "" : "s");
}

}  // namespace daybook::lifecycle
