#include "support/sim_tree.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace daybook::testing {

std::size_t SimBytes::read(std::uint64_t offset, char* out, std::size_t count) const {
    if (offset >= size()) return 0;
    count = std::min<std::uint64_t>(count, size() - offset);
    const std::size_t nothing =
        offset >= zeros ? 0 : std::min<std::uint64_t>(count, zeros - offset);
    if (nothing > 0) std::memset(out, 0, nothing);
    if (count > nothing) {
        std::memcpy(out + nothing, data.data() + (offset + nothing - zeros), count - nothing);
    }
    return count;
}

void SimBytes::write(std::uint64_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    if (offset < zeros) {
        data.insert(0, zeros - offset, '\0');
        zeros = offset;
    }
    const std::uint64_t begin = offset - zeros;
    if (begin + bytes.size() > data.size()) data.resize(begin + bytes.size(), '\0');
    data.replace(begin, bytes.size(), bytes);
}

void SimBytes::resize(std::uint64_t size) {
    if (size < zeros || data.empty()) {
        data.clear();
        zeros = size;
    } else {
        data.resize(size - zeros, '\0');
    }
}

std::string SimBytes::sector(std::uint64_t number) const {
    std::string content(kSectorBytes, '\0');
    (void)read(number * kSectorBytes, content.data(), content.size());
    return content;
}

namespace {

// What is durable of `now` if all that equals `forgotten` is not written.
SimBytes written_anew(const SimBytes& durable, const SimBytes& forgotten, const SimBytes& now) {
    SimBytes result = durable;
    result.resize(now.size());
    const std::uint64_t begin = std::min({durable.zeros, forgotten.zeros, now.zeros});
    for (std::uint64_t sector = begin / kSectorBytes; sector * kSectorBytes < now.size();
         ++sector) {
        std::string content = now.sector(sector);
        if (content != forgotten.sector(sector)) result.write(sector * kSectorBytes, content);
    }
    result.resize(now.size());
    return result;
}

}  // namespace

SimTree::SimTree() {
    inodes_.push_back(std::make_shared<SimInode>(
        SimInode{.is_directory = true, .mode = 0755, .durable_mode = 0755}));
}

std::optional<InodeNumber> SimTree::lookup(InodeNumber directory, std::string_view name) const {
    const SimInode& above = inode(directory);
    const auto found = above.entries.find(name);
    if (found == above.entries.end()) return std::nullopt;
    return found->second;
}

std::optional<InodeNumber> SimTree::find(std::string_view path) const {
    InodeNumber at = kRootInode;
    while (!path.empty()) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        const std::string_view name = path.substr(0, slash);
        path.remove_prefix(std::min(slash + 1, path.size()));
        if (name.empty()) continue;
        const std::optional<InodeNumber> next = lookup(at, name);
        if (!next) return std::nullopt;
        at = *next;
    }
    return at;
}

std::uint32_t SimTree::link_count(InodeNumber number) const {
    std::uint32_t count = 0;
    for (const auto& above : inodes_) {
        for (const auto& [name, entry] : above->entries) count += entry == number ? 1U : 0U;
    }
    return count;
}

std::string SimTree::path_of(InodeNumber number) const {
    if (number == kRootInode) return "";
    for (std::uint32_t above = 0; above < inodes_.size(); ++above) {
        for (const auto& [name, entry] : inodes_[above]->entries) {
            if (entry != number) continue;
            const std::string parent = path_of(InodeNumber(above));
            return parent.empty() ? name : parent + '/' + name;
        }
    }
    return "(no name)";
}

// Files are shared between copies of a tree until one of them changes.
SimInode& SimTree::change(InodeNumber number) {
    std::shared_ptr<SimInode>& inode = inodes_[number.value()];
    if (inode.use_count() > 1) inode = std::make_shared<SimInode>(*inode);
    return *inode;
}

void SimTree::apply(const NameChange& change, std::map<std::string, InodeNumber, std::less<>>& to) {
    if (change.inode) {
        to.insert_or_assign(change.name, *change.inode);
    } else {
        to.erase(change.name);
    }
}

void SimTree::put_entry(NameChange change_of_name) {
    SimInode& directory = change(change_of_name.directory);
    apply(change_of_name, directory.entries);
    directory.modified_ns = now_ns_;
    name_changes_.push_back(std::move(change_of_name));
}

InodeNumber SimTree::create(InodeNumber directory, std::string_view name, bool is_directory,
                            mode_t mode) {
    const InodeNumber number(static_cast<std::uint32_t>(inodes_.size()));
    SimInode inode{
        .is_directory = is_directory, .mode = mode, .durable_mode = mode, .modified_ns = now_ns_};
    if (!is_directory) inode.versions.push_back(std::make_shared<const SimBytes>());
    inodes_.push_back(std::make_shared<SimInode>(std::move(inode)));
    add_name(directory, name, number);
    return number;
}

void SimTree::add_name(InodeNumber directory, std::string_view name, InodeNumber inode) {
    put_entry({.directory = directory, .name = std::string(name), .inode = inode});
}

void SimTree::remove_name(InodeNumber directory, std::string_view name) {
    put_entry({.directory = directory, .name = std::string(name), .inode = std::nullopt});
}

void SimTree::rename(InodeNumber from_directory, std::string_view from, InodeNumber to_directory,
                     std::string_view to) {
    const std::optional<InodeNumber> inode = lookup(from_directory, from);
    DAYBOOK_CHECK(inode.has_value());
    ++renames_;
    put_entry(
        {.directory = to_directory, .name = std::string(to), .inode = inode, .rename = renames_});
    put_entry({.directory = from_directory,
               .name = std::string(from),
               .inode = std::nullopt,
               .rename = renames_});
}

void SimTree::set_bytes(InodeNumber file, SimBytes bytes) {
    SimInode& inode = change(file);
    inode.versions.push_back(std::make_shared<const SimBytes>(std::move(bytes)));
    inode.modified_ns = now_ns_;
}

void SimTree::set_mode(InodeNumber inode, mode_t mode) { change(inode).mode = mode; }

void SimTree::sync(InodeNumber number) {
    SimInode& synced = change(number);
    synced.durable_mode = synced.mode;
    if (!synced.is_directory) {
        const std::shared_ptr<const SimBytes> now = synced.versions.back();
        if (synced.forgotten == nullptr) {
            synced.versions = {now};
            return;
        }
        synced.versions = {std::make_shared<const SimBytes>(
                               written_anew(*synced.versions.front(), *synced.forgotten, *now)),
                           now};
        synced.forgotten = now;
        return;
    }
    // A rename is one transaction: with its removal, what it added elsewhere is durable too.
    std::vector<std::uint32_t> renames;
    for (const NameChange& change_of_name : name_changes_) {
        if (change_of_name.directory == number && !change_of_name.inode && change_of_name.rename) {
            renames.push_back(change_of_name.rename);
        }
    }
    std::erase_if(name_changes_, [&](const NameChange& pending) {
        const bool made_durable = pending.directory == number ||
                                  (pending.inode && std::find(renames.begin(), renames.end(),
                                                              pending.rename) != renames.end());
        if (made_durable) apply(pending, change(pending.directory).durable_entries);
        return made_durable;
    });
}

void SimTree::fail_sync(InodeNumber inode) {
    // Names can be synced again; of bytes the kernel forgets that they were not written.
    if (!this->inode(inode).is_directory) {
        change(inode).forgotten = this->inode(inode).versions.back();
    }
}

void SimTree::settle() {
    name_changes_.clear();
    for (std::uint32_t number = 0; number < inodes_.size(); ++number) {
        SimInode& inode = change(InodeNumber(number));
        inode.durable_entries = inode.entries;
        inode.durable_mode = inode.mode;
        inode.forgotten = nullptr;
        if (!inode.is_directory)
            inode.versions.erase(inode.versions.begin(), inode.versions.end() - 1);
    }
}

}  // namespace daybook::testing
