// What the opaque handles of daybook.h are.
#pragma once

#include <mutex>
#include <string>

#include "daybook/daybook.h"
#include "daybook/ledger.h"
#include "daybook/result.h"
#include "daybook/run.h"

struct daybook_error {
    daybook::Error error;
};

struct daybook_ledger {
    daybook::Ledger ledger;
};

struct daybook_run {
    daybook::Run run;
    std::mutex mutex{};
    std::string artifact_directory{};  // once it has been asked for
};

struct daybook_phase {
    daybook::Phase phase;
    daybook::Run* run;
};
