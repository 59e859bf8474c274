// Files that were added by copy, kept once by their content: artifacts/objects/<2>/<62 hexadecimal
// digits of the SHA-256> below a ledger's directory (docs/formats/artifacts.md, "Objects").
//
//     hashed ──▶ is it there, and whole? ──no──▶ copied as <n>.tmp-<pid> ──▶ synced, mode 0444
//                     │yes                           ──▶ linked to its name ──▶ directories synced
//                     ▼
//              its change time is set to now
//
// Any number of processes may add at once, the same content too.  What no event names is removed by
// `daybook gc`, which takes artifacts/objects/_lock alone while it does so; whoever adds holds it
// with others until the event that names the object is in the log.  So nothing is taken away from
// under an event that is on its way.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "ledger/artifact_facts.h"
#include "ledger/file_hash.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"

namespace daybook::ledger {

// Where the object of this SHA-256 lies, relative to the ledger's directory.
std::string object_path(std::string_view sha256);
// The SHA-256 of the object at `path`, relative to the ledger's directory; empty: no object has
// such a path.
std::string object_of_path(std::string_view path);
std::string objects_lock_path(const LedgerDir& dir);

struct AddedObject {
    std::string path;  // relative to the ledger's directory
    FileHash hash;
    bool was_there = false;
    // To be kept until the event that names the object has been appended.
    os::UniqueFd hold;
};

// Adds what the ordinary file at `path` holds now.  What lies in the object's place and has another
// content is moved to quarantine/ first.  Nothing is left behind after an error.
Result<AddedObject> add_object(const LedgerDir& dir, const std::string& path);

// Moves what lies at `path`, the place of a file that is named by its content, to quarantine/ if it
// has another content than `hash`; `when` that was, the note says.  Returns where it is now; empty:
// it is whole, or has gone.  Any number may do so at once: none takes away what another has put in
// its place.
Result<std::string> set_changed_aside(const LedgerDir& dir, const std::string& path,
                                      const FileHash& hash, std::string_view when, TimestampMs now);

// What an `artifact.created` says about a file that was added by copy.
struct CopiedArtifact {
    ArtifactFacts facts;        // the path is the object's, the format that of the file's name
    std::string original_path;  // as ArtifactFacts::path of an artifact that is not copied
    os::UniqueFd hold;          // as AddedObject::hold
};
Result<CopiedArtifact> copy_artifact(const LedgerDir& dir, const std::string& path);

}  // namespace daybook::ledger
