// Training settings in an experiment file: a preset, and what is said against it, by the names of
// SettingsJson (training/settings.h). What the runner decides (seed, learning rate, precision,
// micro-batches, the dev set) is no member. Internal to `experiments`.
#pragma once

#include "dpr/experiments/checked_json.h"
#include "dpr/training/settings.h"

namespace dpr {

// The settings of `patch`, over those of `base`; a `preset` in it begins anew.
TrainingSettings PatchedSettings(const TrainingSettings& base, CheckedObject patch);

}  // namespace dpr
