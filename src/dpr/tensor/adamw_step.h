// One step of Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019),
// with everything that is the same for all parameters.
#pragma once

namespace dpr {

// With g = clip * gradient:  mean = beta1 mean + (1 - beta1) g,  square = beta2 square + (1 -
// beta2) g^2,  x = decay x - rate mean / (sqrt(square) * square_scale + epsilon).
struct AdamWStep {
  float clip = 1.0f, beta1 = 0.9f, beta2 = 0.999f, decay = 1.0f, rate = 0.0f, square_scale = 1.0f,
        epsilon = 1e-8f;
};

}  // namespace dpr
