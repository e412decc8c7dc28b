import { z } from 'zod'
import { parseConfig, port, serverConfig } from '../../index.ts'

const schema = z.object({ ...serverConfig, PORT: port(0), MODE: z.string().default('plain'), NEEDED: z.string() })

export const readConfig = () => parseConfig(schema, process.env)
