/** Option packages of the registry that ship no types. */

declare module 'black-scholes' {
  export function blackScholes(
    s: number,
    k: number,
    t: number,
    v: number,
    r: number,
    callPut: 'call' | 'put',
  ): number;
}

declare module 'greeks' {
  type Right = 'call' | 'put';
  export function getDelta(
    s: number,
    k: number,
    t: number,
    v: number,
    r: number,
    right: Right,
  ): number;
  export function getGamma(s: number, k: number, t: number, v: number, r: number): number;
  export function getVega(s: number, k: number, t: number, v: number, r: number): number;
  export function getTheta(
    s: number,
    k: number,
    t: number,
    v: number,
    r: number,
    right: Right,
  ): number;
  export function getRho(
    s: number,
    k: number,
    t: number,
    v: number,
    r: number,
    right: Right,
  ): number;
}

declare module 'implied-volatility' {
  export function getImpliedVolatility(
    price: number,
    s: number,
    k: number,
    t: number,
    r: number,
    callPut: 'call' | 'put',
  ): number;
}
