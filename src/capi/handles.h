// What the opaque handles of daybook.h are.
#pragma once

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
};

struct daybook_phase {
    daybook::Phase phase;
};
