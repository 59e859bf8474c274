#include "support/sim_seals.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "ledger/seal_chain.h"
#include "os/file.h"
#include "support/sim_log.h"

namespace daybook::testing {
namespace {

constexpr std::size_t kPartBytesToHash = std::size_t{1} << 20;

// Most logs of the rigs have none, and looking for them costs as much as reading the log.
bool has_seals(const SimTree& tree) {
    for (std::uint32_t number = 0; number < tree.inode_count(); ++number) {
        for (const auto& [name, inode] : tree.inode(InodeNumber(number)).entries) {
            if (name == "_head.json" || name.ends_with(".seal.json")) return true;
        }
    }
    return false;
}

std::string compare(const ledger::Seal& seal, const std::string& path) {
    // A sync of it had failed, and the seal says so: its bytes may be others after a power cut.
    if (seal.bad) return "";
    const Result<std::string> bytes = os::read_file(path, kPartBytesToHash);
    if (!bytes) return bytes.error().message();
    if (bytes->size() == seal.facts.bytes && sha256_hex(*bytes) == seal.sha256) return "";
    return fmt::format("it has {} bytes, and is not the {} that were sealed", bytes->size(),
                       seal.facts.bytes);
}

}  // namespace

Result<SealsRead> read_sim_seals(const SimFs& fs) {
    SealsRead read;
    if (!has_seals(fs.tree())) return read;
    const log::Layout layout = SimLog::layout();
    ASSIGN_OR_RETURN(const ledger::SealFiles files, ledger::read_seals(layout));
    for (const ledger::ChainProblem& problem : ledger::examine_chain(files, layout).problems) {
        if (problem.is_problem()) read.chain_problem = problem.kind + ": " + problem.detail;
    }
    for (const ledger::StoredSeal& stored : files.seals) {
        read.parts[stored.part] = compare(stored.seal, layout.part_path(stored.part));
    }
    return read;
}

}  // namespace daybook::testing
