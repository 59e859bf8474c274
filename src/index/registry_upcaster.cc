#include "index/registry_upcaster.h"

#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "ledger/ledger_dir.h"
#include "ledger/type_registry.h"

namespace daybook::index {
namespace {

class RegistryUpcaster final : public Upcaster {
public:
    explicit RegistryUpcaster(schema::Registry registry) : registry_(std::move(registry)) {}

    bool applies(std::string_view type, int version) const override {
        return registry_.needs_upcast(type, version);
    }
    Result<std::string> upcast(std::string_view type, int version,
                               std::string_view line) const override {
        return registry_.upcast(type, version, line);
    }

private:
    schema::Registry registry_;
};

// The hash of every version that changes events of the versions before it.
Result<std::string> id_of(const schema::Registry& registry) {
    std::string all;
    for (const schema::TypeInfo& type : registry.list()) {
        if (!registry.needs_upcast(type.name, type.version - 1)) continue;
        ASSIGN_OR_RETURN(const std::string text, registry.show(type.name, type.version));
        all += fmt::format("{} {} {} ", type.name, type.version, text);
    }
    return all.empty() ? std::string() : xxh3_128(all).to_hex();
}

}  // namespace

Result<LedgerUpcaster> registry_upcaster(const std::string& root) {
    ASSIGN_OR_RETURN(schema::Registry registry, ledger::read_registry(ledger::LedgerDir(root)));
    ASSIGN_OR_RETURN(std::string id, id_of(registry));
    if (id.empty()) return LedgerUpcaster();
    return LedgerUpcaster{std::make_unique<RegistryUpcaster>(std::move(registry)), std::move(id)};
}

}  // namespace daybook::index
