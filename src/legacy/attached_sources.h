// The files attached to a ledger, as indexes that answer beside its own.
#pragma once

#include "query/extra_source.h"

namespace daybook::legacy {

// Brings the cache of each attached file up to date, and sweeps those of others away where it is no
// question.  Keeps nothing: safe to call from all threads.
class AttachedSources final : public query::ExtraSource {
public:
    Result<query::ExtraIndexes> refresh(const std::string& root,
                                        const query::ExtraOptions& options = {}) override;
};

}  // namespace daybook::legacy
