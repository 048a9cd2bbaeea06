package dev.lanewise.autograd.diagnosis;

/**
 * One layer at one step. NaN is what was not there to measure: a layer that no op has used, a loss
 * that takes the parameters itself. Infinity is what had a NaN or an infinity in it.
 *
 * @param layer the names of its parameters up to the last dot
 * @param activation root mean square of what the first op that uses its parameters gives
 * @param gradient norm of the gradient of the loss with respect to that
 * @param deadUnits share of the columns of that which no row gives a gradient: the weights behind
 *     them do not learn; measured from 16 rows on
 * @param weightGradient norm of the gradient of all its parameters
 * @param weight norm of all its parameters
 * @param update norm of the change of its matrices over their norm before; of its vectors where it
 *     has no matrix
 */
public record LayerSample(
    String layer,
    double activation,
    double gradient,
    double deadUnits,
    double weightGradient,
    double weight,
    double update) {

  /** Whether nothing that was measured had a NaN or an infinity in it. */
  public boolean isFinite() {
    return !(Double.isInfinite(activation)
        || Double.isInfinite(gradient)
        || Double.isInfinite(weightGradient)
        || Double.isInfinite(weight)
        || Double.isInfinite(update));
  }
}
