#include "index/registry_upcaster.h"

#include <algorithm>
#include <utility>

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

}  // namespace

Result<std::unique_ptr<Upcaster>> registry_upcaster(const std::string& root) {
    ASSIGN_OR_RETURN(schema::Registry registry, ledger::read_registry(ledger::LedgerDir(root)));
    const auto types = registry.list();
    const bool any = std::any_of(types.begin(), types.end(), [&](const auto& type) {
        return registry.needs_upcast(type.name, type.version);
    });
    if (!any) return std::unique_ptr<Upcaster>();
    return std::unique_ptr<Upcaster>(std::make_unique<RegistryUpcaster>(std::move(registry)));
}

}  // namespace daybook::index
