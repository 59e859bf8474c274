// Every file name below `index/`, in one place.
//
//     <root>/index/runs.duckdb          the published snapshot: a hard link to the newest
//     generation
//                  gen-000042.duckdb    the last three generations
//                  work/index.duckdb    the builder's own database; nobody else opens it
//                  writer.lock          held while the index is brought up to date
//     <root>/quarantine/                what was in the way of a snapshot
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"

namespace daybook::index {

// 1, 2, 3…: one more for each snapshot.
using Generation = Strong<std::uint64_t, struct GenerationTag>;

class IndexLayout {
public:
    // `root` is the ledger's directory; `index_dir` another place than <root>/index.
    explicit IndexLayout(std::string root, std::string index_dir = {})
        : root_(std::move(root)),
          index_dir_(index_dir.empty() ? root_ + "/index" : std::move(index_dir)) {}

    const std::string& root() const { return root_; }
    const std::string& index_dir() const { return index_dir_; }
    std::string snapshot_path() const { return index_dir() + "/runs.duckdb"; }
    std::string generation_path(Generation generation) const;
    std::string work_dir() const { return index_dir() + "/work"; }
    std::string work_path() const { return work_dir() + "/index.duckdb"; }
    std::string spill_dir() const { return work_dir() + "/spill"; }
    std::string lock_path() const { return index_dir() + "/writer.lock"; }
    std::string quarantine_dir() const { return root_ + "/quarantine"; }

private:
    std::string root_;
    std::string index_dir_;
};

// The generations that are there, in ascending order.  No index: none.
Result<std::vector<Generation>> list_generations(const IndexLayout& layout);

// The generation of a file name "gen-000042.duckdb"; nullopt: it is none.
std::optional<Generation> parse_generation(std::string_view file_name);

}  // namespace daybook::index
