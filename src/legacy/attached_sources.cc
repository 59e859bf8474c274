#include "legacy/attached_sources.h"

#include <utility>

#include "base/clock.h"
#include "legacy/cache.h"
#include "legacy/cache_sweep.h"
#include "legacy/sources.h"

namespace daybook::legacy {

Result<query::ExtraIndexes> AttachedSources::refresh(const std::string& root,
                                                     const query::ExtraOptions& options) {
    const ledger::LedgerDir dir(root);
    ASSIGN_OR_RETURN(const std::vector<Source> sources, read_sources(dir));
    const bool is_question = options.effort == query::Effort::kQuestion;
    query::ExtraIndexes extra;
    if (!is_question) {
        if (const Status swept = sweep_caches(dir, sources, system_clock()); !swept) {
            extra.notes.push_back(swept.error().message());
        }
    }
    for (const Source& source : sources) {
        Result<Cached> cached = Cache(dir, source)
                                    .refresh({.at_once = options.effort == query::Effort::kDemand,
                                              .is_question = is_question,
                                              .keep_on = options.keep_on});
        if (!cached) {
            if (cached.error().code() == ErrorCode::kCancelled) return fail(cached.error());
            extra.notes.push_back(fmt::format("source '{}' is not in the answers: {}", source.name,
                                              cached.error().message()));
            continue;
        }
        if (!cached->note.empty()) extra.notes.push_back(std::move(cached->note));
        extra.indexes.push_back({.name = source.name,
                                 .snapshot = std::move(cached->snapshot),
                                 .cutover = source.cutover,
                                 .import_id = std::move(cached->state.import_id),
                                 .reading = std::move(cached->state.reading),
                                 .copied_at_ms = cached->state.copied_at.value()});
    }
    return extra;
}

}  // namespace daybook::legacy
