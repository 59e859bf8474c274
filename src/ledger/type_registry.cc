#include "ledger/type_registry.h"

#include <string>
#include <utility>

#include "ledger/manifest.h"
#include "os/lock.h"

namespace daybook::ledger {
namespace {

constexpr std::size_t kRegistryBytesMax = std::size_t{64} << 20;
constexpr int kLockWaitMs = 10'000;

bool same_file(const std::optional<os::FileInfo>& a, const std::optional<os::FileInfo>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return a->identity == b->identity && a->size == b->size && a->modified_ns == b->modified_ns;
}

}  // namespace

Result<schema::Registry> read_registry(const LedgerDir& dir) {
    const std::string path = dir.schema_registry_path();
    const Result<std::string> text = os::read_file(path, kRegistryBytesMax);
    if (!text && text.error().code() == ErrorCode::kNotFound) return schema::Registry::builtin();
    if (!text) return fail(text.error());
    Result<schema::Registry> registry = schema::Registry::parse(*text);
    if (registry) return registry;
    if (registry.error().code() == ErrorCode::kUnsupported) {
        return fail(registry.error().with_context("read " + path));
    }
    return fail(ErrorCode::kCorrupt,
                "read {}: {}; the log itself needs no repair: move the file away, and register the "
                "types of your own again; the built-in ones come back by themselves",
                path, registry.error().message());
}

Result<schema::RegisterReport> register_type(const LedgerDir& dir, std::string_view schema_text) {
    RETURN_IF_ERROR(check_format(dir));
    ASSIGN_OR_RETURN(const os::LockFile lock, os::LockFile::acquire(dir.lock_path(), kLockWaitMs));
    ASSIGN_OR_RETURN(schema::Registry registry, read_registry(dir));
    ASSIGN_OR_RETURN(schema::RegisterReport report, registry.register_type(schema_text));
    if (report.breaks.empty() && !report.unchanged) {
        RETURN_IF_ERROR(os::write_file_atomic(dir.schema_registry_path(), registry.serialize()));
    }
    return report;
}

Status create_registry(const LedgerDir& dir) {
    RETURN_IF_ERROR(os::make_dirs(dir.layout().events_dir()));
    ASSIGN_OR_RETURN(const bool there, os::exists(dir.schema_registry_path()));
    if (there) return {};
    return os::write_file_atomic(dir.schema_registry_path(),
                                 schema::Registry::builtin().serialize());
}

TypeRegistry::TypeRegistry(const LedgerDir& dir)
    : dir_(dir), registry_(std::make_shared<const schema::Registry>(schema::Registry::builtin())) {}

Result<std::optional<os::FileInfo>> TypeRegistry::look() const {
    return os::file_info(dir_.schema_registry_path());
}

Result<std::shared_ptr<const schema::Registry>> TypeRegistry::get() {
    const std::lock_guard lock(mutex_);
    if (registry_ == nullptr) {
        // Looked at before it is read: a change in between is found by the next refresh().
        ASSIGN_OR_RETURN(seen_, look());
        ASSIGN_OR_RETURN(schema::Registry registry, read_registry(dir_));
        registry_ = std::make_shared<const schema::Registry>(std::move(registry));
    }
    return registry_;
}

Result<bool> TypeRegistry::refresh() {
    const std::lock_guard lock(mutex_);
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> now, look());
    if (same_file(seen_, now)) return false;
    registry_ = nullptr;
    return true;
}

}  // namespace daybook::ledger
