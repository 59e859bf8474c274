// `backup.json` of a backup (docs/formats/backup.md): which files the ledger has, and where their
// bytes are.
//
//     <backup>/backup.json                 written last, by rename: the backup is what it says
//              files/3f/3f9a…             bytes by their SHA-256, each once; never changed
//              backup.lock                 one backup at a time
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace daybook::lifecycle {

inline constexpr std::int64_t kBackupFormat = 1;
// What a restored file has of its mode.  The bits above them, as `chmod g+s` sets them on a tree,
// say how a place is shared and not what the ledger is.
inline constexpr std::uint32_t kBackupModeBits = 0777;

struct BackupFile {
    std::string path;  // relative to the ledger
    std::uint64_t bytes = 0;
    std::string sha256;
    std::uint32_t mode = 0644;     // kBackupModeBits
    std::int64_t modified_ns = 0;  // of the file in the ledger
    bool operator==(const BackupFile&) const = default;
};

struct BackupList {
    std::string ledger_id{};
    std::string at{};  // ISO 8601, UTC: when it was begun
    std::vector<BackupFile> files{};
    bool operator==(const BackupList&) const = default;

    std::uint64_t bytes() const;
};

std::string encode_backup_list(const BackupList& list);
// kCorrupt: it is none, or a path of it leads out of a ledger; kUnsupported: a newer format.
// `path` is for messages.
Result<BackupList> decode_backup_list(std::string_view text, const std::string& path);

// Where the files of one backup are.  Copyable; knows names, touches nothing.
class BackupDir {
public:
    explicit BackupDir(std::string root) : root_(std::move(root)) {}

    const std::string& root() const { return root_; }
    std::string list_path() const { return root_ + "/backup.json"; }
    std::string lock_path() const { return root_ + "/backup.lock"; }
    std::string files_dir() const { return root_ + "/files"; }
    std::string file_path(std::string_view sha256) const;
    // What is on its way.
    std::string coming_path() const { return files_dir() + "/.coming"; }

private:
    std::string root_;
};

// kNotFound: there is no backup.
Result<BackupList> read_backup_list(const BackupDir& dir);

// Puts the list in the place of the one before it, durably.  kLimit, kCorrupt: it could not be read
// again, and the one before it stays.
Status write_backup_list(const BackupDir& dir, const BackupList& list);

}  // namespace daybook::lifecycle
