// exp, GELU and tanh of a vector, made of operations that round alike on every instruction set.
// Included once per instruction set. Coefficients: tools/fit_activations.py.
#if defined(DPR_TENSOR_ACTIVATIONS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DPR_TENSOR_ACTIVATIONS_INL_H_
#undef DPR_TENSOR_ACTIVATIONS_INL_H_
#else
#define DPR_TENSOR_ACTIVATIONS_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace dpr {
namespace HWY_NAMESPACE {
namespace {

// e^x for x <= 0, relative error below 2e-7; 0 below -87.33, where e^x leaves the normal numbers.
// NaN stays NaN. e^x = 2^n e^r with n = round(x / ln 2), |r| <= ln 2 / 2. Adding 1.5 * 2^23 rounds
// to an integer and leaves it, with the 127 of a float's exponent, in the lowest bits.
template <class D, class V>
HWY_INLINE V ExpOf(D d, V x) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::RebindToSigned<D> di;
  const V lowest = hn::Set(d, -87.33f), shift = hn::Set(d, 12582912.0f + 127.0f);
  const V shifted = hn::MulAdd(hn::Max(lowest, x), hn::Set(d, 1.44269504f), shift);
  const V n = hn::Sub(shifted, shift);
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
  V p = hn::Set(d, 1.38146128e-3f);
  p = hn::MulAdd(p, r, hn::Set(d, 8.36871006e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.16683890e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.66665211e-1f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.49999994f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  const V power = hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(di, shifted)));
  return hn::IfThenZeroElse(hn::Lt(x, lowest), hn::Mul(p, power));
}

// x Phi(x) = x (1 + erf(x / sqrt 2)) / 2, absolute error below 4e-7 wherever that is not less than
// the spacing of the floats around x. With a = |x| it is max(x, 0) - a Phi(-a), and Phi(-a) is
// 1 / g(a)^16, g a polynomial: the correction, at most 0.17, is what the error is relative to.
// InverseOfUpperTail is 1 / Phi(-a), for 0 <= a <= 50.
template <class D, class V>
HWY_INLINE V InverseOfUpperTail(D d, V a) {
  namespace hn = hwy::HWY_NAMESPACE;
  V g = hn::Set(d, 7.86612134e-7f);
  g = hn::MulAdd(g, a, hn::Set(d, -1.45361105e-6f));
  g = hn::MulAdd(g, a, hn::Set(d, 7.51422194e-5f));
  g = hn::MulAdd(g, a, hn::Set(d, 6.41067345e-7f));
  g = hn::MulAdd(g, a, hn::Set(d, 3.45375831e-3f));
  g = hn::MulAdd(g, a, hn::Set(d, 2.20659319e-2f));
  g = hn::MulAdd(g, a, hn::Set(d, 5.20765036e-2f));
  g = hn::MulAdd(g, a, hn::Set(d, 1.04427373f));
  const V g2 = hn::Mul(g, g), g4 = hn::Mul(g2, g2), g8 = hn::Mul(g4, g4);
  return hn::Mul(g8, g8);
}

template <class D, class V>
HWY_INLINE V GeluOf(D d, V x) {
  namespace hn = hwy::HWY_NAMESPACE;
  const V a = hn::Min(hn::Set(d, 50.0f), hn::Abs(x));  // g(50)^16 is infinite, 50 / infinity is 0
  return hn::Sub(hn::Max(hn::Zero(d), x), hn::Div(a, InverseOfUpperTail(d, a)));
}

// GELU with an absolute error below 1.4e-4 and no division: a Phi(-a) is a polynomial up to a = 4,
// and what it is there beyond.
template <class D, class V>
HWY_INLINE V RoughGeluOf(D d, V x) {
  namespace hn = hwy::HWY_NAMESPACE;
  const V a = hn::Min(hn::Set(d, 4.0f), hn::Abs(x));
  V p = hn::Set(d, 4.86905883e-05f);
  p = hn::MulAdd(p, a, hn::Set(d, -0.00143951725f));
  p = hn::MulAdd(p, a, hn::Set(d, 0.0152396103f));
  p = hn::MulAdd(p, a, hn::Set(d, -0.0761511773f));
  p = hn::MulAdd(p, a, hn::Set(d, 0.176185966f));
  p = hn::MulAdd(p, a, hn::Set(d, -0.0813888907f));
  p = hn::MulAdd(p, a, hn::Set(d, -0.370625317f));
  p = hn::MulAdd(p, a, hn::Set(d, 0.496678263f));
  return hn::NegMulAdd(p, a, hn::Max(hn::Zero(d), x));
}

// gelu'(x) = Phi(x) + x phi(x), absolute error below 1e-6.
template <class D, class V>
HWY_INLINE V GeluSlopeOf(D d, V x) {
  namespace hn = hwy::HWY_NAMESPACE;
  const V a = hn::Min(hn::Set(d, 50.0f), hn::Abs(x)), one = hn::Set(d, 1.0f);
  const V tail = hn::Div(one, InverseOfUpperTail(d, a));
  const V phi = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(one, tail));
  const V density = hn::Mul(ExpOf(d, hn::Mul(hn::Mul(a, a), hn::Set(d, -0.5f))),
                            hn::Set(d, 0.398942280f));  // 1 / sqrt(2 pi)
  return hn::MulAdd(hn::CopySignToAbs(a, x), density, phi);
}

// tanh x, relative error below 4e-7: a polynomial up to 0.625, beyond it (1 - e) / (1 + e) with
// e = e^(-2 |x|).
template <class D, class V>
HWY_INLINE V TanhOf(D d, V x) {
  namespace hn = hwy::HWY_NAMESPACE;
  const V a = hn::Abs(x), square = hn::Mul(x, x), one = hn::Set(d, 1.0f);
  V p = hn::Set(d, -5.70498686e-3f);
  p = hn::MulAdd(p, square, hn::Set(d, 2.06390861e-2f));
  p = hn::MulAdd(p, square, hn::Set(d, -5.37397154e-2f));
  p = hn::MulAdd(p, square, hn::Set(d, 1.33314416e-1f));
  p = hn::MulAdd(p, square, hn::Set(d, -3.33332807e-1f));
  const V near = hn::MulAdd(hn::Mul(p, square), x, x);
  const V e = ExpOf(d, hn::Mul(hn::Set(d, -2.0f), a));
  const V far = hn::Div(hn::Sub(one, e), hn::Add(one, e));
  return hn::IfThenElse(hn::Lt(a, hn::Set(d, 0.625f)), near, hn::CopySignToAbs(far, x));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
