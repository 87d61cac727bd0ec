import { z } from 'zod'
import { commonConfig } from '../service/config.ts'

/** What both storefronts are told. */
export const storefrontConfig = {
  ...commonConfig,
  publicUrl: z
    .url()
    .default('http://127.0.0.1:4480')
    .describe('address that shoppers use; canonical links start with it'),
  seed: z.coerce.number().int().default(7).describe('seed of the render times'),
}

export const renderMs = (value: number) =>
  z.coerce.number().min(0).default(value).describe('median time the page templates take, 0 for none')

export const sessionSecret = (value: string) =>
  z.string().min(16).default(value).describe('key of the session cookie; the default is for the lab only')
